// When training stops and which round it keeps, as LightGBM's Python callback decides it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace lightgbm {

/// A metric that training watches: its place among the round's values, and which way is better.
struct WatchedMetric {
  size_t index;
  bool higher_is_better;
};

/// Why and where training ends: `best` is the round to keep, `metric` the place in the watched list
/// of the metric that decided.
struct StopDecision {
  int best;
  size_t metric;
  bool patience_ran_out;
};

/// Follows the watched metrics round by round. Only a strict improvement counts; NaN is worse than
/// any number. The first metric that has not improved for `patience` rounds stops, and keeps its own
/// best round; at the last round the first watched metric decides.
class EarlyStopping {
 public:
  EarlyStopping(std::vector<WatchedMetric> metrics, int patience)
      : metrics_(std::move(metrics)), patience_(patience), best_(metrics_.size()) {}

  /// `values` are all metrics of round `round`, rounds counted from 0.
  std::optional<StopDecision> Observe(int round, bool last_round, const double* values);

 private:
  struct Best {
    double value = 0;
    int round = 0;
  };

  std::vector<WatchedMetric> metrics_;
  int patience_;
  std::vector<Best> best_;
};

}  // namespace lightgbm
