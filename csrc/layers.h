// A stack of layers of one direction in one call: a thread runs a whole layer, and all run side by
// side, each some steps behind the one that it reads. So threads meet once in some steps instead
// of at each one, which is what short steps gain by.
#pragma once

#include <deque>

#include "passes.h"

namespace recurra::RECURRA_ISA {

constexpr long PIECES = 8;  // of a layer's rows, after each of which the next layer may go on
constexpr long FEWEST_LINKED = 8;  // rows of a piece

// Run `work(layer, links, rows of a piece)` for each layer, each on the same thread in both
// passes, so that what it keeps stays in that thread's cache. Upwards, each layer reads the one
// below; else the one above.
template <class Work>
void run_linked(int layers, long rows, int threads, bool upwards, const Work& work) {
  std::deque<Progress> progress(layers);
  const long piece = larger(FEWEST_LINKED, rows / PIECES);
#pragma omp parallel num_threads(int(smaller(threads, layers)))
  {
    const DenormalsFlushed flushed;
    const TileShapes shapes{};
    // in the order in which they read each other, so that what a layer waits for runs or is done
    for (int number = 0; number < layers; number++) {
      const int layer = upwards ? number : layers - 1 - number;
      if (layer % omp_get_num_threads() == omp_get_thread_num())
        work(layer, Links{number ? &progress[number - 1] : nullptr, &progress[number]}, piece);
    }
  }
}

// One thread, which is the whole team of a layer.
struct Alone {
  Barrier barrier;
  Member member() { return {0, 1, &barrier}; }
};

// Shapes, weights and the rest are of the layers from the lowest; x of each is y of the one below.
template <class Cell>
void forward_layers(int layers, const Shape* s, const Weights* weights, const Forward* io,
                    int threads) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s[0], arena);
  std::deque<ForwardWeights<Cell>> packed;
  std::deque<ForwardPass<Cell>> pass;
  for (int l = 0; l < layers; l++) {
    packed.emplace_back(s[l], arena);
    pass.emplace_back(s[l], weights[l], io[l], offset, 0, arena, packed[l], 1);
  }
  run_linked(layers, s[0].rows, threads, true, [&](int l, const Links& links, long rows) {
    Alone team;
    packed[l].pack(weights[l], 0, 1);
    pass[l].link(links, rows);
    pass[l].run(team.member(), &team.barrier);
  });
}

// The same; dy of each but the highest is dx of the one above.
template <class Cell>
void backward_layers(int layers, const Shape* s, const Weights* weights, const Backward* io,
                     int threads) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s[0], arena);
  std::deque<BackwardWeights<Cell>> packed;
  std::deque<BackwardPass<Cell>> pass;
  for (int l = 0; l < layers; l++) {
    packed.emplace_back(s[l], weights[l].hr, arena);
    pass.emplace_back(s[l], weights[l].hr, io[l], offset, 0, arena, packed[l], io[l].dx, 1);
  }
  run_linked(layers, s[0].rows, threads, false, [&](int l, const Links& links, long rows) {
    Alone team;
    packed[l].pack(weights[l], 0, 1);
    pass[l].link(links, rows);
    pass[l].run(team.member(), &team.barrier);
  });
}

}  // namespace recurra::RECURRA_ISA
