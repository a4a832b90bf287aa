// What LightGBM has to say, line by line, for the job that made it say so.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lightgbm {

/// Collects, while it lives, what LightGBM logs on this thread, and what it printed on threads of its own.
/// At most kMaxLines are kept, then only counted.
class LogCapture {
 public:
  static constexpr size_t kMaxLines = 1000;

  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  /// The lines so far, without line ends.
  std::vector<std::string> Take();

  /// For LGBM_RegisterLogCallback, whose registration is per thread. LightGBM hands a line over in three
  /// pieces: prefix, message, line end.
  static void OnPiece(const char* piece);
  /// For what the library prints. A thread without a capture is one of OpenMP's: the next job that ends
  /// takes its lines.
  static void OnOutput(const char* text, size_t size);

 private:
  void Append(const char* text, size_t size);
  void EndLine();

  std::string line_;
  std::vector<std::string> lines_;
  size_t dropped_ = 0;
};

}  // namespace lightgbm
