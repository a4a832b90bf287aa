// One Node environment (main thread or worker thread): its library, and the one native thread that
// makes every LightGBM call of this environment, in order. LightGBM keeps its last error, log level,
// log callback and network state per thread, so all calls must come from the same one.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "handles.h"
#include "lightgbm-api.h"

namespace lightgbm {

class Environment;

/// A unit of work with a promise. Made and settled on the JavaScript thread.
class Job : public std::enable_shared_from_this<Job> {
 public:
  explicit Job(Napi::Env env) : deferred_(Napi::Promise::Deferred::New(env)) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// LightGBM's thread. May throw; what it throws rejects the promise.
  virtual void Run(const ApiPointer& api) = 0;
  /// LightGBM's thread, after Run: lets go of shared handles it was given, and when it failed also of
  /// those it made.
  virtual void Release(bool /*failed*/) {}
  /// JavaScript thread, after a Run that did not throw.
  virtual Napi::Value Result(Napi::Env env) = 0;
  /// JavaScript thread: tells the latest progress.
  virtual void Report(Napi::Env) {}

  /// Keeps a value alive until the promise settles, and the memory under a typed array with it.
  void Hold(const Napi::Object& value) { held_.push_back(Napi::Persistent(value)); }
  /// The first value held. JavaScript thread.
  Napi::Object FirstHeld() const { return held_.front().Value(); }

  /// Set from any thread; a Run of many steps looks at it between them.
  std::atomic<bool> cancelled{false};

 private:
  friend class Environment;
  void Settle(Napi::Env env);
  /// In place of Settle when the environment is gone: its references must not be touched any more.
  void Abandon();

  Napi::Promise::Deferred deferred_;
  std::vector<Napi::ObjectReference> held_;
  uint32_t id_ = 0;
  /// Cancelled while it waited, and its promise rejected: LightGBM's thread only lets go of it.
  bool answered_ = false;
  bool failed_ = false;
  std::string code_, call_, message_;
  std::vector<std::string> log_;
};

/// Lives from the addon's start in an environment until the last handle made there is gone; its
/// thread ends with the environment. All methods but NotifyProgress belong to the JavaScript thread.
class Environment {
 public:
  explicit Environment(Napi::Env env);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  /// The environment that made `env`'s addon.
  static const std::shared_ptr<Environment>& Of(Napi::Env env);

  /// Loads the library and starts the thread; again with the same arguments it does nothing.
  /// Throws Failure, among them ANOTHER_LIBRARY and THREADS_DIFFER where this would disturb others.
  void Load(const std::string& path, int threads);
  bool loaded() const { return api_ != nullptr; }

  /// Queues a job and returns its promise. `id` is the caller's name for it, for Cancel.
  Napi::Promise Submit(const std::shared_ptr<Job>& job, uint32_t id);
  /// A job that runs ends at its next look at the flag; one that waits is answered at once.
  void Cancel(uint32_t id);
  /// Has the job's Report called on the JavaScript thread. Any thread; never blocks.
  void NotifyProgress(const std::shared_ptr<Job>& job);
  /// Lets go of `owner` on LightGBM's thread, after all that was queued before.
  void Discard(std::shared_ptr<void> owner);
  /// Ends the thread within one step of what it does, then lets go of everything queued. Idempotent.
  void Stop();

 private:
  struct Task {
    std::shared_ptr<Job> job;
    std::shared_ptr<void> discarded;
  };
  enum class News { kProgress, kSettled, kLetGo };
  struct Message {
    std::shared_ptr<Job> job;
    News news;
  };

  static void CallJavaScript(napi_env env, napi_value callback, void* context, void* data);
  void RunThread();
  void Perform(Job* job);
  void Enqueue(Task task);
  void Send(Message message);
  bool AnswerWaiting(const Job* job);

  napi_env env_;
  napi_threadsafe_function messages_ = nullptr;
  ApiPointer api_;
  std::string path_;
  int threads_ = 0;
  std::unordered_map<uint32_t, std::shared_ptr<Job>> unsettled_;

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
};

}  // namespace lightgbm
