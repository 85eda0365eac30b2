// Kernels by name, called with pointers to their arguments as CUDA's driver does it:
// from Python through `launch`, or by `replay`, which a sanitizer can watch.
#pragma once
#include "shim.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <type_traits>
#include <utility>

namespace shim {
template <auto kernel> struct Call;
template <typename... P, void (*kernel)(P...)> struct Call<kernel> {
  static void with(Index grid, int block, std::size_t shared, void **arguments) {
    [=]<std::size_t... i>(std::index_sequence<i...>) {
      run(grid, block, shared, [=] { kernel(*static_cast<P *>(arguments[i])...); });
    }(std::index_sequence_for<P...>{});
  }
};
struct Entry {
  const char *name;
  void (*call)(Index, int, std::size_t, void **);
};
inline int start(const Entry *entries, const char *name, Index grid, int block,
                 std::size_t shared, void **arguments) {
  for (; entries->name; ++entries)
    if (!std::strcmp(entries->name, name))
      return entries->call(grid, block, shared, arguments), 0;
  return 1;
}

// A call in a file: a name of 256 bytes, the launch, the number of arguments, then for
// each its size and bytes. An array's size is negative; its bytes are written back.
inline int replay(const Entry *entries, const char *path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  char name[256];
  std::int64_t header[5];
  file.read(name, sizeof name).read(reinterpret_cast<char *>(header), sizeof header);
  std::vector<std::vector<char>> values(header[4]);
  std::vector<std::streampos> places(header[4]);
  std::vector<void *> pointers(header[4]), arguments(header[4]);
  for (int i = 0; i < header[4]; ++i) {
    std::int64_t size;
    file.read(reinterpret_cast<char *>(&size), sizeof size);
    places[i] = size < 0 ? file.tellg() : std::streampos(-1);
    values[i].resize(std::abs(size));
    file.read(values[i].data(), values[i].size());
    pointers[i] = values[i].data();
    arguments[i] = size < 0 ? static_cast<void *>(&pointers[i]) : pointers[i];
  }
  const Index grid = {int(header[0]), int(header[1])};
  if (start(entries, name, grid, int(header[2]), header[3], arguments.data())) return 1;
  for (int i = 0; i < header[4]; ++i)
    if (places[i] >= 0) file.seekp(places[i]).write(values[i].data(), values[i].size());
  return file.good() ? 0 : 1;
}
}  // namespace shim
