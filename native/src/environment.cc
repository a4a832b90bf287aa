#include "environment.h"

#include <new>
#include <utility>

#include "failure.h"
#include "log-capture.h"

namespace lightgbm {
namespace {

/// LightGBM's thread count is one variable for the whole process and two values in two threads corrupt
/// each other, so all living environments must use the same.
class ProcessThreads {
 public:
  /// `library` is an address inside it: one file may be opened under many names.
  void Join(const void* library, int threads) {
    std::lock_guard<std::mutex> lock(mutex_);
    Entry& entry = entries_[library];
    if (entry.users > 0 && entry.threads != threads) {
      throw Failure("THREADS_DIFFER", "",
                    "this process runs LightGBM with num_threads " + std::to_string(entry.threads) +
                        " already, and was asked for " + std::to_string(threads));
    }
    entry.threads = threads;
    ++entry.users;
  }

  void Leave(const void* library) {
    std::lock_guard<std::mutex> lock(mutex_);
    --entries_[library].users;
  }

 private:
  struct Entry {
    int threads = 0;
    int users = 0;
  };
  std::mutex mutex_;
  std::unordered_map<const void*, Entry> entries_;
};

const void* AddressIn(const Api& api) { return reinterpret_cast<const void*>(api.GetLastError); }

ProcessThreads& TheProcessThreads() {
  static auto* threads = new ProcessThreads;  // never destroyed: environments may end during exit()
  return *threads;
}

}  // namespace

void Job::Settle(Napi::Env env) {
  Napi::Object answer = Napi::Object::New(env);
  Napi::Array log = Napi::Array::New(env, log_.size());
  for (uint32_t i = 0; i < log_.size(); ++i) log.Set(i, Napi::String::New(env, log_[i]));
  answer.Set("log", log);
  if (!failed_) {
    answer.Set("value", Result(env));
    deferred_.Resolve(answer);
    return;
  }
  answer.Set("code", code_);
  answer.Set("call", call_);
  answer.Set("message", message_);
  deferred_.Reject(answer);
}

void Job::Abandon() {
  for (Napi::ObjectReference& reference : held_) reference.SuppressDestruct();
}

Environment::Environment(Napi::Env env) : env_(env) {
  const Napi::String name = Napi::String::New(env, "lightgbm");
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                                             this, CallJavaScript, &messages_);
  if (status != napi_ok) throw Napi::Error::New(env, "the addon could not make its message channel");
  napi_unref_threadsafe_function(env, messages_);
  // Hooks run in reverse order: the thread has ended before the channel closes.
  napi_add_env_cleanup_hook(env, [](void* self) { static_cast<Environment*>(self)->Stop(); }, this);
}

Environment::~Environment() { Stop(); }

const std::shared_ptr<Environment>& Environment::Of(Napi::Env env) {
  return *env.GetInstanceData<std::shared_ptr<Environment>>();
}

void Environment::Load(const std::string& path, int threads) {
  if (api_ != nullptr) {
    if (path != path_) throw Failure("ANOTHER_LIBRARY", "", "this thread uses " + path_ + " already");
    if (threads != threads_) {
      throw Failure("THREADS_DIFFER", "",
                    "this thread uses LightGBM with num_threads " + std::to_string(threads_) +
                        " already, and was asked for " + std::to_string(threads));
    }
    return;
  }
  auto api = std::make_shared<const Api>(LoadApi(path));
  TheProcessThreads().Join(AddressIn(*api), threads);
  api_ = std::move(api);
  path_ = path;
  threads_ = threads;
  thread_ = std::thread([this] { RunThread(); });
}

Napi::Promise Environment::Submit(const std::shared_ptr<Job>& job, uint32_t id) {
  // A promise nobody has settled keeps the process alive, as any pending I/O does.
  if (unsettled_.empty()) napi_ref_threadsafe_function(env_, messages_);
  job->id_ = id;
  unsettled_[id] = job;
  Enqueue({job, nullptr});
  return job->deferred_.Promise();
}

void Environment::Cancel(uint32_t id) {
  const auto found = unsettled_.find(id);
  if (found == unsettled_.end()) return;
  const std::shared_ptr<Job> job = found->second;
  job->cancelled = true;
  if (!AnswerWaiting(job.get())) return;
  job->failed_ = true;
  job->code_ = "CANCELLED";
  job->message_ = "cancelled before it began";
  Send({job, News::kSettled});
}

/// Whether the job waits in the queue without an answer; it then counts as answered.
bool Environment::AnswerWaiting(const Job* job) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const Task& task : queue_) {
    if (task.job.get() != job || task.job->answered_) continue;
    task.job->answered_ = true;
    return true;
  }
  return false;
}

void Environment::NotifyProgress(const std::shared_ptr<Job>& job) { Send({job, News::kProgress}); }

void Environment::Discard(std::shared_ptr<void> owner) {
  if (thread_.joinable()) Enqueue({nullptr, std::move(owner)});
}

void Environment::Enqueue(Task task) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
}

/// A closing channel takes nothing: a job without an answer then ends in Stop, and an answered one here.
void Environment::Send(Message message) {
  auto owned = std::make_unique<Message>(std::move(message));
  if (napi_call_threadsafe_function(messages_, owned.get(), napi_tsfn_nonblocking) == napi_ok) {
    owned.release();
  } else if (owned->news == News::kLetGo) {
    owned->job->Abandon();
  }
}

void Environment::RunThread() {
  api_->RegisterLogCallback(LogCapture::OnPiece);
  for (;;) {
    Task task;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    if (task.job != nullptr && task.job->answered_) {
      task.job->Release(/*failed=*/true);
      Send({std::move(task.job), News::kLetGo});
    } else if (task.job != nullptr) {
      Perform(task.job.get());
      Send({std::move(task.job), News::kSettled});
    }
    // What was discarded is destroyed here, at the end of `task`.
  }
}

void Environment::Perform(Job* job) {
  LogCapture capture;
  job->failed_ = true;
  try {
    if (job->cancelled) throw Failure("CANCELLED", "", "cancelled before it began");
    job->Run(api_);
    job->failed_ = false;
  } catch (const Failure& failure) {
    job->code_ = failure.code;
    job->call_ = failure.call;
    job->message_ = failure.what();
  } catch (const std::bad_alloc&) {
    job->code_ = "OUT_OF_MEMORY";
    job->message_ = "there is not enough memory";
  } catch (const std::exception& error) {
    job->code_ = "INTERNAL";
    job->message_ = error.what();
  } catch (...) {
    job->code_ = "INTERNAL";
    job->message_ = "unknown exception";
  }
  job->Release(job->failed_);
  job->log_ = capture.Take();
}

void Environment::CallJavaScript(napi_env raw_env, napi_value, void* context, void* data) {
  const std::unique_ptr<Message> message(static_cast<Message*>(data));
  if (raw_env == nullptr) {
    message->job->Abandon();
    return;
  }
  auto* self = static_cast<Environment*>(context);
  if (message->news == News::kLetGo) return;
  if (message->news == News::kSettled) {
    self->unsettled_.erase(message->job->id_);
    if (self->unsettled_.empty()) napi_unref_threadsafe_function(raw_env, self->messages_);
  }
  try {
    const Napi::Env env(raw_env);
    const Napi::HandleScope scope(env);
    if (message->news == News::kSettled) {
      message->job->Settle(env);
    } else {
      message->job->Report(env);
    }
  } catch (const Napi::Error&) {
    // JavaScript is being torn down (worker.terminate()): nobody is left to be told.
  }
}

void Environment::Stop() {
  if (!thread_.joinable()) return;
  for (const auto& [id, job] : unsettled_) job->cancelled = true;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  for (const auto& [id, job] : unsettled_) job->Abandon();
  unsettled_.clear();
  for (const Task& task : queue_) {
    if (task.job != nullptr) task.job->Abandon();
  }
  queue_.clear();
  TheProcessThreads().Leave(AddressIn(*api_));
}

}  // namespace lightgbm
