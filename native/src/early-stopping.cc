#include "early-stopping.h"

#include <cmath>

namespace lightgbm {
namespace {

bool Better(double value, double best, bool higher_is_better) {
  if (std::isnan(value)) return false;
  if (std::isnan(best)) return true;
  return higher_is_better ? value > best : value < best;
}

}  // namespace

std::optional<StopDecision> EarlyStopping::Observe(int round, bool last_round, const double* values) {
  for (size_t i = 0; i < metrics_.size(); ++i) {
    const double value = values[metrics_[i].index];
    if (round == 0 || Better(value, best_[i].value, metrics_[i].higher_is_better)) best_[i] = {value, round};
    const bool patience_ran_out = round - best_[i].round >= patience_;
    if (patience_ran_out || last_round) return StopDecision{best_[i].round, i, patience_ran_out};
  }
  return std::nullopt;
}

}  // namespace lightgbm
