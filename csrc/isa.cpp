// The kernels for one instruction set: compiled several times, each time with other flags and
// another RECURRA_ISA.
#include <omp.h>

#include <new>

#include "backward.h"
#include "crf.h"
#include "crf_viterbi.h"
#include "checksum.h"
#include "conv_cell.h"
#include "cross_entropy.h"
#include "denormals.h"
#include "forward.h"
#include "linear.h"
#include "packed_linear.h"
#include "step.h"
#include "tangent_backward.h"
#include "tangent_forward.h"
#include "topk.h"
#include "winograd.h"

#define RECURRA_TEXT(x) #x
#define RECURRA_NAME(x) RECURRA_TEXT(x)

namespace recurra::RECURRA_ISA {
namespace {

constexpr int MOST_THREADS = 256;
constexpr long WORTH_A_THREAD = 1L << 15;  // multiply-adds of one step

// The threads of a call, in one team for each direction where there are enough.
struct Teams {
  int threads, teams;
  long gates;
  Barrier whole[2], groups[2][MOST_THREADS];

  Teams(const Shape& s, long gates, int wanted) : gates(gates) {
    const long work = s.batch * s.hidden * gates * (s.output + s.inputs) * s.directions;
    threads = int(larger(1, smaller(smaller(wanted, MOST_THREADS), work / WORTH_A_THREAD)));
    teams = threads > 1 ? s.directions : 1;
  }

  // Run `work(direction, member, groups)` on all threads.
  template <class Work>
  void run(const Shape& s, const Work& work) {
#pragma omp parallel num_threads(threads)
    {
      const DenormalsFlushed flushed;
#pragma omp single
      arrange(s, omp_get_num_threads());
      const int id = omp_get_thread_num(), team = team_of(id);
      const Range members = of_team(team);
      const Member me{int(id - members.first), int(members.last - members.first), &whole[team]};
      for (int direction = team; direction < s.directions; direction += teams) {
        work(direction, me, groups[team]);
        me.barrier->wait();
      }
    }
  }

 private:
  Range of_team(int team) const { return Range(threads, team, teams); }
  int team_of(int id) const { return teams == 2 && id >= of_team(1).first; }
  void arrange(const Shape& s, int size) {  // for the threads that really came
    threads = size;
    if (size < teams) teams = 1;
    for (int team = 0; team < teams; team++) {
      const Range members = of_team(team);
      const int count = int(members.last - members.first);
      whole[team].set_size(count);
      const int columns = sharing(s, gates, count);
      for (int i = 0; i < count; i++)
        groups[team][i].set_size(i < count / columns ? columns : 1);  // 1: left over, idle
    }
  }
};

void offsets(const Shape& s, long* offset) {
  offset[0] = 0;
  for (long t = 0; t < s.steps; t++) offset[t + 1] = offset[t] + s.alive[t];
}

long* offsets(const Shape& s, Arena& arena) {
  static_assert(sizeof(long) == 2 * sizeof(float));
  long* offset = reinterpret_cast<long*>(arena.floats(2 * (s.steps + 1)));
  offsets(s, offset);
  return offset;
}

// Room for one T a direction, of which the second may stay empty.
template <class T>
struct Pair {
  alignas(T) char room[2][sizeof(T)];
  T& operator[](int i) { return *reinterpret_cast<T*>(room[i]); }
};

template <class Cell>
class PackedForward : public PackedLayer {
 public:
  PackedForward(const Shape& shape, const Weights* unpacked, int threads) : shape_(shape) {
    for (int d = 0; d < shape.directions; d++) {
      new (&weights[d]) ForwardWeights<Cell>(shape_, memory_);
#pragma omp parallel num_threads(threads)
      weights[d].pack(unpacked[d], omp_get_thread_num(), omp_get_num_threads());
    }
  }
  mutable Pair<ForwardWeights<Cell>> weights;

 private:
  Shape shape_;
  Arena memory_;
};

template <class Cell>
void forward(const Shape& s, const Weights* weights, const Forward& io, int threads,
             const PackedLayer* kept) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s, arena);
  Teams teams(s, Cell::GATES, threads);
  Pair<ForwardWeights<Cell>> packed;
  Pair<ForwardPass<Cell>> pass;
  for (int d = 0; d < s.directions; d++) {
    if (kept)
      new (&packed[d])
          ForwardWeights<Cell>(static_cast<const PackedForward<Cell>*>(kept)->weights[d]);
    else
      new (&packed[d]) ForwardWeights<Cell>(s, arena);
    new (&pass[d]) ForwardPass<Cell>(s, weights[d], io, offset, d, arena, packed[d], threads);
  }
  teams.run(s, [&](int d, const Member& me, Barrier* groups) {
    if (!kept) packed[d].pack(weights[d], me.id, me.size);
    pass[d].run(me, groups);
  });
}

// dx += that of the second direction, where there is one.
void add_directions(float* dx, const float* second, long count, int threads) {
  if (!second) return;
#pragma omp parallel for num_threads(threads)
  for (long i = 0; i < count; i++) dx[i] += second[i];
}

template <class Cell>
void backward(const Shape& s, const Weights* weights, const Backward& io, int threads) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s, arena);
  Teams teams(s, Cell::GATES, threads);
  Pair<BackwardWeights<Cell>> packed;
  Pair<BackwardPass<Cell>> pass;
  const long inputs = s.distinct * s.inputs;
  float* second = io.dx && s.directions == 2 ? arena.floats(inputs) : nullptr;
  for (int d = 0; d < s.directions; d++) {
    new (&packed[d]) BackwardWeights<Cell>(s, weights[d].hr, arena);
    new (&pass[d]) BackwardPass<Cell>(s, weights[d].hr, io, offset, d, arena, packed[d],
                                      d ? second : io.dx, threads);
  }
  teams.run(s, [&](int d, const Member& me, Barrier* groups) {
    packed[d].pack(weights[d], me.id, me.size);
    pass[d].run(me, groups);
  });
  add_directions(io.dx, second, inputs, teams.threads);
}

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

// Call `work` with a value of the cell's type.
template <class Work>
auto with_cell(const Shape& s, const Work& work) {
  return with_cell(s.cell, work, FusedCells{});
}

}  // namespace

const Kernels& kernels() {
  static const Kernels table = {
      RECURRA_NAME(RECURRA_ISA),
      W,
      facts(FusedCells{}),
      FusedCells::SIZE,
      [](const Shape& s, const Weights* w, int threads) {
        return with_cell(s, [&](auto cell) -> PackedLayer* {
          return new PackedForward<decltype(cell)>(s, w, threads);
        });
      },
      [](const Shape& s, const Weights* w, const Forward& io, int threads,
         const PackedLayer* kept) {
        with_cell(s, [&](auto cell) { forward<decltype(cell)>(s, w, io, threads, kept); });
      },
      [](const Shape& s, const Weights* w, const Backward& io, int threads) {
        with_cell(s, [&](auto cell) { backward<decltype(cell)>(s, w, io, threads); });
      },
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
      linear,
      linear_backward,
      cross_entropy,
      topk_logsumexp,
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
