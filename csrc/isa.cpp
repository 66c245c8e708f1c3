// The kernels for one instruction set: compiled several times, each time with other flags and
// another RECURRA_ISA.
#include <omp.h>

#include <new>

#include "crf.h"
#include "crf_viterbi.h"
#include "checksum.h"
#include "conv_cell.h"
#include "denormals.h"
#include "dropout.h"
#include "packed_linear.h"
#include "product_kernels.h"
#include "step.h"
#include "tangent_backward.h"
#include "tangent_forward.h"
#include "topk.h"
#include "winograd.h"

#define RECURRA_TEXT(x) #x
#define RECURRA_NAME(x) RECURRA_TEXT(x)

namespace recurra::RECURRA_ISA {
namespace {

// What double backward holds of a direction.
template <class Cell>
struct DoubleDirection {
  SavedSteps<Cell> steps;
  ForwardWeights<Cell> forward_weights[2];  // the weights, and their tangents
  BackwardWeights<Cell> backward_weights[2];
  TangentForward<Cell> forward;
  TangentBackward<Cell> backward;

  DoubleDirection(const Shape& s, const Weights& w, const DoubleBackward& io, const long* offset,
                  int d, float* dx, Arena& arena, int threads)
      : steps(s, io, offset, d, arena.floats(SavedSteps<Cell>::floats(s))),
        forward_weights{{s, arena}, {s, arena}},
        backward_weights{{s, bool(w.hr), arena}, {s, bool(w.hr), arena}},
        forward(steps, io, d, forward_weights, w.hr, arena, threads),
        backward(steps, io, d, backward_weights, w.hr, dx, arena, threads) {}

  void run(const Weights& w, const Weights& tangents, const Member& me, Barrier* groups) {
    forward_weights[0].pack(w, me.id, me.size);
    forward_weights[1].pack(tangents, me.id, me.size);
    backward_weights[0].pack(w, me.id, me.size);
    backward_weights[1].pack(tangents, me.id, me.size);
    forward.run(me, groups);
    me.barrier->wait();
    backward.run(me, groups);
  }
};

template <class Cell>
void double_backward(const Shape& s, const Weights* weights, const DoubleBackward& io,
                     int threads) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s, arena);
  Teams teams(s, Cell::GATES, threads);
  Pair<DoubleDirection<Cell>> pass;
  const long inputs = s.rows * s.inputs;
  float* second = io.dx_tangent && s.directions == 2 ? arena.floats(inputs) : nullptr;
  for (int d = 0; d < s.directions; d++)
    new (&pass[d]) DoubleDirection<Cell>(s, weights[d], io, offset, d, d ? second : io.dx_tangent,
                                         arena, threads);
  teams.run(s, [&](int d, const Member& me, Barrier* groups) {
    pass[d].run(weights[d], io.weight_tangents[d], me, groups);
  });
  add_directions(io.dx_tangent, second, inputs, teams.threads);
}

double peak(int threads) {
  constexpr long ROUNDS = 1L << 22;
  constexpr int SUMS = 12;  // independent, to fill the pipelines
  volatile float keep = 0;
  const double start = omp_get_wtime();
#pragma omp parallel num_threads(threads)
  {
    Vec total[SUMS];
#pragma GCC unroll 12
    for (int i = 0; i < SUMS; i++) total[i] = all(float(i));
    Vec a = all(0.5f), b = all(1.0f);
    for (long round = 0; round < ROUNDS; round++)
#pragma GCC unroll 12
      for (int i = 0; i < SUMS; i++) {
#if defined(__x86_64__)
        asm volatile("" : "+x"(total[i]));  // computed, whatever the compiler knows of the result
#endif
        total[i] = total[i] * a + b;
      }
    Vec sum = zero();
#pragma GCC unroll 12
    for (int i = 0; i < SUMS; i++) sum += total[i];
    keep = sum[0];
  }
  (void)keep;  // written, so that nothing above is left out
  return 2.0 * W * SUMS * ROUNDS * threads / (omp_get_wtime() - start);
}

void elementwise(Function function, const float* x, float* y, long count) {
  for (long i = 0; i < count; i += W) {
    const Vec values = get(x + i, count - i);
    const Vec results = function == Function::exp       ? exp(values)
                        : function == Function::sigmoid ? sigmoid(values)
                                                        : tanh(values);
    put(y + i, results, count - i);
  }
}

template <class Cell>
constexpr CellFacts facts_of(Cell) {
  return {Cell::NAME,   Cell::GATES,       saved_per_unit<Cell>(),
          Cell::MEMORY, Cell::PROJECTABLE, !holds_apart<Cell>()};
}

template <class... Cells>
const CellFacts* facts(CellList<Cells...>) {
  static constexpr CellFacts all[] = {facts_of(Cells{})...};
  return all;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels table = {
      RECURRA_NAME(RECURRA_ISA),
      W,
      facts(FusedCells{}),
      FusedCells::SIZE,
      product_kernels(RECURRA_NAME(RECURRA_ISA)),
      [](const Shape& s, const Weights* w, const DoubleBackward& io, int threads) {
        with_cell(s, [&](auto cell) { double_backward<decltype(cell)>(s, w, io, threads); });
      },
      [](const Shape& s, const Weights* w, int layers, bool residual, bool batch_invariant) {
        return with_cell(s, [&](auto cell) -> Stack* {
          return new StepStack<decltype(cell)>(s, w, layers, residual, batch_invariant);
        });
      },
      [](const float* weight, const float* bias, long inputs, long outputs, int threads)
          -> PackedMap* { return new PackedLinear(weight, bias, inputs, outputs, threads); },
      peak,
      topk_logsumexp,
      dropout,
      crf_saved_floats,
      crf_forward,
      crf_backward,
      crf_spans,
      crf_log_partition,
      crf_viterbi,
      checksum,
      packed_points_floats,
      winograd_pack,
      winograd,
      [](const Frames& x, const Frames& dy, float* weight, float* bias, int threads) {
        WinogradGradients(x, dy).run(weight, bias, threads);
      },
      [](const ConvStep& s, int threads) {
        with_cell(
            s.cell, [&](auto cell) { conv_cell_forward<decltype(cell)>(s, threads); },
            FusedCells{});
      },
      [](const ConvStep& s, const ConvStepGradients& g, int threads) {
        with_cell(
            s.cell, [&](auto cell) { conv_cell_backward<decltype(cell)>(s, g, threads); },
            FusedCells{});
      },
      elementwise,
  };
  return table;
}

}  // namespace recurra::RECURRA_ISA
