#include "log-capture.h"

#include <cstring>
#include <mutex>
#include <utility>

namespace lightgbm {
namespace {

thread_local LogCapture* active = nullptr;

/// Text printed by threads without a capture; bounded, since it may wait long for a job to take it.
struct Stray {
  static constexpr size_t kMaxBytes = 1 << 16;
  std::mutex mutex;
  std::string text;
};

Stray& TheStray() {
  static auto* stray = new Stray;  // never destroyed: OpenMP's threads may outlive everything
  return *stray;
}

}  // namespace

LogCapture::LogCapture() { active = this; }

LogCapture::~LogCapture() { active = nullptr; }

void LogCapture::OnPiece(const char* piece) {
  if (active != nullptr && piece != nullptr) active->Append(piece, std::strlen(piece));
}

void LogCapture::OnOutput(const char* text, size_t size) {
  if (active != nullptr) {
    active->Append(text, size);
    return;
  }
  Stray& stray = TheStray();
  std::lock_guard<std::mutex> lock(stray.mutex);
  if (stray.text.size() + size <= Stray::kMaxBytes) stray.text.append(text, size);
}

std::vector<std::string> LogCapture::Take() {
  std::string stray_text;
  {
    Stray& stray = TheStray();
    std::lock_guard<std::mutex> lock(stray.mutex);
    stray_text.swap(stray.text);
  }
  if (!line_.empty()) EndLine();
  Append(stray_text.data(), stray_text.size());
  if (!line_.empty()) EndLine();
  if (dropped_ > 0) lines_.push_back("... and " + std::to_string(dropped_) + " more lines");
  return std::move(lines_);
}

void LogCapture::Append(const char* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (text[i] == '\n') {
      EndLine();
    } else {
      line_ += text[i];
    }
  }
}

void LogCapture::EndLine() {
  if (line_.empty()) return;
  if (lines_.size() < kMaxLines) {
    lines_.push_back(std::move(line_));
  } else {
    ++dropped_;
  }
  line_.clear();
}

}  // namespace lightgbm
