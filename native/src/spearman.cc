#include "spearman.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace lightgbm {
namespace {

/// Bits of a number that order as the number does; -0 equals 0. Not for NaN.
inline uint64_t OrderedBits(double value) {
  const double without_negative_zero = value + 0.0;
  uint64_t bits;
  std::memcpy(&bits, &without_negative_zero, sizeof bits);
  return (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63);
}

bool HasNan(const double* values, size_t count) {
  for (size_t row = 0; row < count; ++row) {
    if (std::isnan(values[row])) return true;
  }
  return false;
}

Int128 SumOfProducts(const std::vector<int32_t>& left, const std::vector<int32_t>& right) {
  Int128 sum = 0;
  for (size_t row = 0; row < left.size(); ++row) {
    sum += static_cast<int64_t>(left[row]) * right[row];
  }
  return sum;
}

}  // namespace

SpearmanIc::SpearmanIc(const double* labels, size_t count)
    : count_(count), label_ranks_(count), prediction_ranks_(count), entries_(count), scratch_(count) {
  labels_have_nan_ = HasNan(labels, count);
  if (labels_have_nan_) return;
  Rank(labels, &label_ranks_);
  label_squares_ = SumOfProducts(label_ranks_, label_ranks_);
}

SpearmanIc::SpearmanIc(const float* labels, size_t count)
    : SpearmanIc(std::vector<double>(labels, labels + count).data(), count) {}

double SpearmanIc::Correlate(const double* predictions) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  if (count_ < 2 || labels_have_nan_ || HasNan(predictions, count_)) return nan;
  Rank(predictions, &prediction_ranks_);
  const Int128 squares = SumOfProducts(prediction_ranks_, prediction_ranks_);
  if (squares == 0 || label_squares_ == 0) return nan;
  const Int128 products = SumOfProducts(prediction_ranks_, label_ranks_);
  // Ranks are doubled, so sums are four times too large. The order of operations is numpy.corrcoef's:
  // scale by 1 / (n - 1), then divide by one deviation and then by the other.
  const double scale = 1.0 / static_cast<double>(count_ - 1);
  const double covariance = static_cast<double>(products) / 4 * scale;
  const double label_deviation = std::sqrt(static_cast<double>(label_squares_) / 4 * scale);
  const double deviation = std::sqrt(static_cast<double>(squares) / 4 * scale);
  return std::clamp(covariance / label_deviation / deviation, -1.0, 1.0);
}

/// Fills `centred` with 2 * (average rank) - (n + 1), whole numbers of magnitude below n.
void SpearmanIc::Rank(const double* values, std::vector<int32_t>* centred) {
  for (size_t row = 0; row < count_; ++row) {
    entries_[row] = {static_cast<uint32_t>(OrderedBits(values[row]) >> 32), static_cast<uint32_t>(row)};
  }
  SortByKey();
  OrderEqualKeys(values);
  for (size_t start = 0; start < count_;) {
    const double value = values[entries_[start].row];
    size_t end = start + 1;
    while (end < count_ && values[entries_[end].row] == value) ++end;
    // Places start..end-1 share the average rank (start + end + 1) / 2, counted from 1.
    const auto rank = static_cast<int32_t>(static_cast<int64_t>(start) + static_cast<int64_t>(end) -
                                           static_cast<int64_t>(count_));
    for (size_t place = start; place < end; ++place) (*centred)[entries_[place].row] = rank;
    start = end;
  }
}

/// Stable radix sort of `entries_` by key in three digits of 11 bits; a digit all rows share is skipped.
void SpearmanIc::SortByKey() {
  constexpr int kDigitBits = 11;
  constexpr size_t kBuckets = size_t{1} << kDigitBits;
  std::vector<uint32_t> offsets(kBuckets);
  for (int shift = 0; shift < 32; shift += kDigitBits) {
    std::fill(offsets.begin(), offsets.end(), 0);
    for (const RankEntry& entry : entries_) ++offsets[(entry.key >> shift) % kBuckets];
    if (std::find(offsets.begin(), offsets.end(), static_cast<uint32_t>(count_)) != offsets.end()) continue;
    uint32_t next = 0;
    for (uint32_t& offset : offsets) {
      const uint32_t size = offset;
      offset = next;
      next += size;
    }
    for (const RankEntry& entry : entries_) scratch_[offsets[(entry.key >> shift) % kBuckets]++] = entry;
    entries_.swap(scratch_);
  }
}

/// Orders runs of one key by the value itself; runs of one value, the usual case, are left as they are.
void SpearmanIc::OrderEqualKeys(const double* values) {
  const auto less = [values](const RankEntry& left, const RankEntry& right) {
    return values[left.row] < values[right.row];
  };
  for (size_t start = 0; start < count_;) {
    size_t end = start + 1;
    bool sorted = true;
    while (end < count_ && entries_[end].key == entries_[start].key) {
      sorted = sorted && values[entries_[end - 1].row] <= values[entries_[end].row];
      ++end;
    }
    if (!sorted) std::sort(entries_.begin() + start, entries_.begin() + end, less);
    start = end;
  }
}

}  // namespace lightgbm
