// The functions JavaScript calls. TypeScript has checked shapes and names; here only handles are
// checked, by type tag, and whatever is thrown becomes a JavaScript exception.
#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "environment.h"
#include "failure.h"
#include "handles.h"

namespace lightgbm {

/// What a JavaScript handle points to; empty once disposed.
template <typename Box>
struct Slot {
  std::shared_ptr<Environment> environment;
  std::shared_ptr<Box> box;

  void Empty() {
    if (box != nullptr) environment->Discard(std::move(box));
    box = nullptr;
  }
};

template <typename Box>
const napi_type_tag& TagOf();

/// A tagged external that lets go of its box when it is collected.
template <typename Box>
Napi::Value MakeHandle(Napi::Env env, std::shared_ptr<Box> box) {
  auto* slot = new Slot<Box>{Environment::Of(env), std::move(box)};
  auto handle = Napi::External<Slot<Box>>::New(env, slot, [](Napi::Env, Slot<Box>* collected) {
    collected->Empty();
    delete collected;
  });
  handle.TypeTag(&TagOf<Box>());
  return handle;
}

/// Throws Failure NOT_A_HANDLE for anything but a handle of this kind.
template <typename Box>
Slot<Box>* SlotOf(const Napi::Value& value) {
  if (!value.IsExternal()) throw Failure("NOT_A_HANDLE", "", "a native handle was expected");
  auto handle = value.As<Napi::External<Slot<Box>>>();
  if (!handle.CheckTypeTag(&TagOf<Box>())) throw Failure("NOT_A_HANDLE", "", "a handle of another kind was given");
  return handle.Data();
}

/// Throws Failure DISPOSED for a handle that was disposed.
template <typename Box>
std::shared_ptr<Box> BoxOf(const Napi::Value& value) {
  Slot<Box>* slot = SlotOf<Box>(value);
  if (slot->box == nullptr) throw Failure("DISPOSED", "", "the handle was disposed");
  return slot->box;
}

/// Like BoxOf, and null for JavaScript's null.
template <typename Box>
std::shared_ptr<Box> OptionalBoxOf(const Napi::Value& value) {
  return value.IsNull() ? nullptr : BoxOf<Box>(value);
}

/// Memory of a typed array over a SharedArrayBuffer; `job` keeps it alive. Null has no data.
template <typename Element>
struct View {
  const Element* data = nullptr;
  size_t length = 0;
};

template <typename Element>
View<Element> ViewOf(Job* job, const Napi::Value& value) {
  if (value.IsNull()) return {};
  auto array = value.As<Napi::TypedArrayOf<Element>>();
  job->Hold(array);
  return {array.Data(), array.ElementLength()};
}

std::vector<std::string> StringsOf(const Napi::Value& value);
Napi::Array ArrayOf(Napi::Env env, const std::vector<std::string>& strings);
Napi::Float64Array ArrayOf(Napi::Env env, const std::vector<double>& numbers);
/// `{handle, features, classes, iterations, featureNames}`.
Napi::Object DescribeBooster(Napi::Env env, const std::shared_ptr<BoosterBox>& booster, const BoosterFacts& facts);

void ExportDataset(Napi::Env env, Napi::Object exports);
void ExportBooster(Napi::Env env, Napi::Object exports);
void ExportTraining(Napi::Env env, Napi::Object exports);

/// Wraps a binding so that a Failure becomes a thrown object {code, call, message}.
using Binding = Napi::Value (*)(const Napi::CallbackInfo&);
template <Binding binding>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  try {
    return binding(info);
  } catch (const Failure& failure) {
    Napi::Error error = Napi::Error::New(info.Env(), failure.what());
    error.Value().Set("code", failure.code);
    error.Value().Set("call", failure.call);
    throw error;
  }
}

template <Binding binding>
void Export(Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(exports.Env(), Guarded<binding>, name));
}

}  // namespace lightgbm
