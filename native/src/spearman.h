// Spearman's rank correlation of predictions with fixed labels, exact but for the last division.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lightgbm {

__extension__ typedef __int128 Int128;

/// A value's place in ascending order. `key` orders as the upper half of the value's bits.
struct RankEntry {
  uint32_t key;
  uint32_t row;
};

/// Ranks labels once, predictions at every call. Holds about 36 bytes a row. Not thread-safe.
class SpearmanIc {
 public:
  /// Copies what it needs; `count` below 2^31.
  SpearmanIc(const float* labels, size_t count);
  SpearmanIc(const double* labels, size_t count);

  /// Correlation of average ranks in [-1, 1]; NaN where either side is constant, has a NaN, or has
  /// fewer than two rows. Sums are integers of 128 bits, so it equals scipy.stats.spearmanr bit for
  /// bit as long as scipy's own sums are exact (300,000 rows).
  double Correlate(const double* predictions);

 private:
  void Rank(const double* values, std::vector<int32_t>* centred);
  void SortByKey();
  void OrderEqualKeys(const double* values);

  size_t count_;
  bool labels_have_nan_ = false;
  std::vector<int32_t> label_ranks_;
  std::vector<int32_t> prediction_ranks_;
  std::vector<RankEntry> entries_;
  std::vector<RankEntry> scratch_;
  Int128 label_squares_ = 0;
};

}  // namespace lightgbm
