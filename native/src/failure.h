// What goes wrong on the native side, as data until it becomes a NativeError in TypeScript.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace lightgbm {

/// `call` is the C function that failed, empty where none was involved.
class Failure : public std::runtime_error {
 public:
  Failure(std::string code, std::string call, const std::string& message)
      : std::runtime_error(message), code(std::move(code)), call(std::move(call)) {}

  std::string code;
  std::string call;
};

}  // namespace lightgbm
