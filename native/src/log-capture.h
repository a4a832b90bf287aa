// LightGBM's log, caught on the thread that calls the library.
#pragma once

#include <string>
#include <vector>

namespace lightgbm {

/// Collects this thread's log lines while it lives. LightGBM hands a line over in three pieces:
/// prefix, message, line end. At most kMaxLines are kept, then only counted.
class LogCapture {
 public:
  static constexpr size_t kMaxLines = 1000;

  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  /// The lines so far, without line ends.
  std::vector<std::string> Take();

  /// For LGBM_RegisterLogCallback, whose registration is per thread.
  static void OnPiece(const char* piece);

 private:
  void EndLine();

  std::string line_;
  std::vector<std::string> lines_;
  size_t dropped_ = 0;
};

}  // namespace lightgbm
