// LightGBM's own stdout and stderr.
#pragma once

namespace lightgbm {

/// Sends what the library prints into LogCapture instead. It prints past its log callback in two places:
/// a fatal error always goes to stderr, and a line logged by one of OpenMP's threads to stdout, since
/// the callback is registered per thread. On Linux the library's imports of stdout, stderr, printf and
/// putchar are pointed elsewhere; nothing else in the process is touched. Does nothing elsewhere, or where
/// the imports are not found. Once for each library; `library` is a handle of dlopen.
void RedirectOutput(void* library);

}  // namespace lightgbm
