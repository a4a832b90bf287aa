#include "output-redirect.h"

#include "log-capture.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>

namespace lightgbm {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kGlobalData = R_X86_64_GLOB_DAT;
constexpr uint32_t kJumpSlot = R_X86_64_JUMP_SLOT;
#else
constexpr uint32_t kGlobalData = R_AARCH64_GLOB_DAT;
constexpr uint32_t kJumpSlot = R_AARCH64_JUMP_SLOT;
#endif

/// What the library takes for stdout and stderr. It flushes after every message.
FILE* sink = nullptr;

ssize_t WriteToCapture(void*, const char* text, size_t size) {
  LogCapture::OnOutput(text, size);
  return static_cast<ssize_t>(size);
}

int PrintToSink(const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int written = vfprintf(sink, format, values);
  va_end(values);
  return written;
}

int PutToSink(int character) { return fputc(character, sink); }

/// Address that the import is pointed at; null for imports that stay as they are.
void* ReplacementOf(const char* import) {
  if (std::strcmp(import, "stdout") == 0 || std::strcmp(import, "stderr") == 0) return &sink;
  if (std::strcmp(import, "printf") == 0) return reinterpret_cast<void*>(PrintToSink);
  if (std::strcmp(import, "putchar") == 0) return reinterpret_cast<void*>(PutToSink);
  return nullptr;
}

/// The parts of a loaded library's dynamic section that tell its imports.
struct Imports {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * data = nullptr;
  size_t data_bytes = 0;
  const ElfW(Rela) * functions = nullptr;
  size_t function_bytes = 0;
};

/// glibc has added the load address to the section's pointers already, other C libraries have not.
template <typename Target>
const Target* Located(const link_map& library, ElfW(Addr) address) {
  return reinterpret_cast<const Target*>(address < library.l_addr ? library.l_addr + address : address);
}

Imports ImportsOf(const link_map& library) {
  Imports imports;
  for (const ElfW(Dyn)* entry = library.l_ld; entry->d_tag != DT_NULL; ++entry) {
    const ElfW(Addr) address = entry->d_un.d_ptr;
    if (entry->d_tag == DT_SYMTAB) imports.symbols = Located<ElfW(Sym)>(library, address);
    if (entry->d_tag == DT_STRTAB) imports.names = Located<char>(library, address);
    if (entry->d_tag == DT_RELA) imports.data = Located<ElfW(Rela)>(library, address);
    if (entry->d_tag == DT_RELASZ) imports.data_bytes = entry->d_un.d_val;
    if (entry->d_tag == DT_JMPREL) imports.functions = Located<ElfW(Rela)>(library, address);
    if (entry->d_tag == DT_PLTRELSZ) imports.function_bytes = entry->d_un.d_val;
  }
  return imports;
}

/// The slot may lie in a page that was made read-only after loading; such a page stays writable.
void PointSlot(ElfW(Addr) slot, void* target) {
  const auto page_size = static_cast<ElfW(Addr)>(sysconf(_SC_PAGESIZE));
  void* page = reinterpret_cast<void*>(slot / page_size * page_size);
  if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return;
  *reinterpret_cast<void**>(slot) = target;
}

void PointImports(const link_map& library, const Imports& imports, const ElfW(Rela) * relocations, size_t bytes) {
  for (size_t i = 0; i < bytes / sizeof(ElfW(Rela)); ++i) {
    const ElfW(Rela)& relocation = relocations[i];
    const uint32_t kind = ELF64_R_TYPE(relocation.r_info);
    if (kind != kGlobalData && kind != kJumpSlot) continue;
    const char* name = imports.names + imports.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
    void* target = ReplacementOf(name);
    if (target != nullptr) PointSlot(library.l_addr + relocation.r_offset, target);
  }
}

}  // namespace

void RedirectOutput(void* library) {
  static std::mutex mutex;
  static auto* redirected = new std::set<ElfW(Addr)>;
  link_map* map = nullptr;
  if (dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return;
  std::lock_guard<std::mutex> lock(mutex);
  if (sink == nullptr) sink = fopencookie(nullptr, "w", {nullptr, WriteToCapture, nullptr, nullptr});
  if (sink == nullptr || !redirected->insert(map->l_addr).second) return;
  const Imports imports = ImportsOf(*map);
  if (imports.symbols == nullptr || imports.names == nullptr) return;
  PointImports(*map, imports, imports.data, imports.data_bytes);
  PointImports(*map, imports, imports.functions, imports.function_bytes);
}

}  // namespace lightgbm

#else

namespace lightgbm {
void RedirectOutput(void*) {}
}  // namespace lightgbm

#endif
