#include "host/net/curl.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "engine/error.h"

namespace btk::net {
namespace {

constexpr const char* kLibrary = "libcurl.so.4";

class Library {
 public:
  Library() : handle_(dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw Error(fmt::format("no HTTP without {}: {}; install libcurl4", kLibrary, dlerror()));
  }
  template <class Function>
  void find(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    if (function == nullptr) throw Error(fmt::format("{} of this machine has no {}; install libcurl4 of Debian 12 or newer", kLibrary, name));
  }

 private:
  void* handle_;  // for as long as the process: its threads may use the library to the end
};

Curl load() {
  const Library library;
  Curl c;
  library.find(c.easy_cleanup, "curl_easy_cleanup");
  library.find(c.easy_getinfo, "curl_easy_getinfo");
  library.find(c.easy_init, "curl_easy_init");
  library.find(c.easy_reset, "curl_easy_reset");
  library.find(c.easy_setopt, "curl_easy_setopt");
  library.find(c.easy_strerror, "curl_easy_strerror");
  library.find(c.free, "curl_free");
  library.find(c.global_init, "curl_global_init");
  library.find(c.multi_add_handle, "curl_multi_add_handle");
  library.find(c.multi_cleanup, "curl_multi_cleanup");
  library.find(c.multi_info_read, "curl_multi_info_read");
  library.find(c.multi_init, "curl_multi_init");
  library.find(c.multi_perform, "curl_multi_perform");
  library.find(c.multi_poll, "curl_multi_poll");
  library.find(c.multi_remove_handle, "curl_multi_remove_handle");
  library.find(c.multi_strerror, "curl_multi_strerror");
  library.find(c.slist_append, "curl_slist_append");
  library.find(c.slist_free_all, "curl_slist_free_all");
  library.find(c.strequal, "curl_strequal");
  library.find(c.url, "curl_url");
  library.find(c.url_cleanup, "curl_url_cleanup");
  library.find(c.url_get, "curl_url_get");
  library.find(c.url_set, "curl_url_set");
  if (c.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw Error("libcurl does not start on this machine");
  return c;
}

}  // namespace

const Curl& curl() {
  static const Curl library = load();
  return library;
}

}  // namespace btk::net
