#include "log-capture.h"

#include <utility>

namespace lightgbm {
namespace {
thread_local LogCapture* active = nullptr;
}

LogCapture::LogCapture() { active = this; }

LogCapture::~LogCapture() { active = nullptr; }

void LogCapture::OnPiece(const char* piece) {
  if (active == nullptr || piece == nullptr) return;
  if (piece[0] == '\n' && piece[1] == '\0') {
    active->EndLine();
  } else {
    active->line_ += piece;
  }
}

std::vector<std::string> LogCapture::Take() {
  if (!line_.empty()) EndLine();
  if (dropped_ > 0) lines_.push_back("... and " + std::to_string(dropped_) + " more lines");
  return std::move(lines_);
}

void LogCapture::EndLine() {
  if (lines_.size() < kMaxLines) {
    lines_.push_back(std::move(line_));
  } else {
    ++dropped_;
  }
  line_.clear();
}

}  // namespace lightgbm
