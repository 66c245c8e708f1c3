// The passes over whole sequences, with their threads.
#pragma once

#include <omp.h>

#include <new>

#include "backward.h"
#include "denormals.h"
#include "forward.h"

namespace recurra::RECURRA_ISA {

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
      const TileShapes shapes{};
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

inline void offsets(const Shape& s, long* offset) {
  offset[0] = 0;
  for (long t = 0; t < s.steps; t++) offset[t + 1] = offset[t] + s.alive[t];
}

inline long* offsets(const Shape& s, Arena& arena) {
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
             const PackedLayer* packed_before) {
  Arena& arena = fresh_arena();
  const long* offset = offsets(s, arena);
  Teams teams(s, Cell::GATES, threads);
  Pair<ForwardWeights<Cell>> packed;
  Pair<ForwardPass<Cell>> pass;
  for (int d = 0; d < s.directions; d++) {
    if (packed_before)
      new (&packed[d])
          ForwardWeights<Cell>(static_cast<const PackedForward<Cell>*>(packed_before)->weights[d]);
    else
      new (&packed[d]) ForwardWeights<Cell>(s, arena);
    new (&pass[d]) ForwardPass<Cell>(s, weights[d], io, offset, d, arena, packed[d], threads);
  }
  teams.run(s, [&](int d, const Member& me, Barrier* groups) {
    if (!packed_before) packed[d].pack(weights[d], me.id, me.size);
    pass[d].run(me, groups);
  });
}

// dx += that of the second direction, where there is one.
inline void add_directions(float* dx, const float* second, long count, int threads) {
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

// Call `work` with a value of the cell's type.
template <class Work>
auto with_cell(const Shape& s, const Work& work) {
  return with_cell(s.cell, work, FusedCells{});
}

}  // namespace recurra::RECURRA_ISA
