// Prints hashes of the bits of steps, linear layers and draws in reduced precision over many
// sizes.
#include <cmath>
#include <cstdio>
#include <vector>

#include "kernels.h"

namespace recurra::reduced_plain {
const ReducedKernels& reduced_kernels();
}
using namespace recurra;

namespace {

const ReducedKernels& kernels = reduced_plain::reduced_kernels();

std::vector<float> numbers(long count, float size) {
  static uint64_t state = 1;
  std::vector<float> all(count);
  for (float& number : all) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    number = size * float(int32_t(state >> 33) - (1 << 30)) / float(1 << 30);
  }
  return all;
}

struct Hash {  // FNV-1a
  uint64_t value = 1469598103934665603u;
  template <class Number>
  void add(const std::vector<Number>& all) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(all.data());
    for (size_t i = 0; i < all.size() * sizeof(Number); i++)
      value = (value ^ bytes[i]) * 1099511628211u;
  }
} hash;

void step(Precision precision, int cell, long inputs, long hidden, long batch, bool residual) {
  constexpr int GATES[] = {1, 1, 4, 3}, LAYERS = 2;
  std::vector<std::vector<float>> w;
  std::vector<Weights> weights;
  for (int l = 0; l < LAYERS; l++) {
    const long rows = GATES[cell] * hidden;
    for (long count : {rows * (l ? hidden : inputs), rows * hidden, rows, rows})
      w.push_back(numbers(count, 1));
  }
  for (int l = 0; l < LAYERS; l++)
    weights.push_back(
        {w[4 * l].data(), w[4 * l + 1].data(), w[4 * l + 2].data(), w[4 * l + 3].data(), nullptr});
  Shape shape{};
  shape.cell = cell;
  shape.inputs = inputs;
  shape.hidden = hidden;
  const Stack* stack = kernels.pack_stack(precision, shape, weights.data(), LAYERS, residual);
  const long size = LAYERS * batch * hidden;
  const auto x = numbers(batch * inputs, 2), h = numbers(size, 1), c = numbers(size, 2);
  std::vector<float> h_out(size), c_out(size), y(batch * hidden);
  stack->step({batch, x.data(), h.data(), c.data(), h_out.data(), c_out.data(), y.data()}, 2);
  hash.add(h_out), hash.add(c_out), hash.add(y);
  delete stack;
}

void linear(Precision precision, long inputs, long outputs, long rows) {
  const auto weight = numbers(outputs * inputs, 1), bias = numbers(outputs, 1);
  const auto x = numbers(rows * inputs, 1);
  std::vector<float> y(rows * outputs);
  const PackedMap* map =
      kernels.pack_linear(precision, weight.data(), bias.data(), inputs, outputs);
  map->run(x.data(), rows, y.data(), 2);
  hash.add(y);
  delete map;
}

void draw(long size) {
  constexpr long ROWS = 50;
  const auto scores = numbers(ROWS * size, 6);
  std::vector<double> shares;
  for (float share : numbers(ROWS, 0.999f)) shares.push_back(std::fabs(share));
  std::vector<int64_t> symbols(ROWS);
  kernels.draw({scores.data(), shares.data(), ROWS, size, symbols.data()});
  hash.add(symbols);
}

}  // namespace

int main() {
  for (Precision precision : {Precision::int8, Precision::bf16}) {
    for (int cell = 0; cell < 4; cell++)
      for (long inputs : {1, 5, 37, 70})
        for (long hidden : {1, 33, 64})
          for (long batch : {1, 7}) step(precision, cell, inputs, hidden, batch, hidden > 1);
    for (long inputs : {1, 64, 301})
      for (long outputs : {1, 33, 200}) linear(precision, inputs, outputs, 7);
    std::printf("%d %016llx\n", int(precision), (unsigned long long)hash.value);
  }
  for (long size : {1, 77, 1000}) draw(size);
  std::printf("draws %016llx\n", (unsigned long long)hash.value);
}
