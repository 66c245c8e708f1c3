// Linear layer, softmax and cross-entropy in one pass over the rows, chunk by chunk: the logits of
// one chunk, then the gradients that they give, while they are in the caches. No more than one
// chunk of logits is ever held, and without gradients no more than one block of it.
//
// Each thread of a team owns some symbols: it alone computes their logits and the gradients of
// their weights. The threads meet to put together each row's maximum and sum, and the gradient of
// x.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <new>

#include "denormals.h"
#include "linear.h"

namespace recurra::RECURRA_ISA {

constexpr long UNIT = 96;         // symbols: whole panels and whole tiles in every instruction set
constexpr long BLOCK = 4 * UNIT;  // symbols at once
constexpr long BLOCK_ROW = BLOCK + PAD;
constexpr long MOST_CHUNK =
    516;  // rows, which the reading of weights and of their gradients is shared by
constexpr long LEAST_CHUNK = 24;
constexpr long LOGITS_AT_ONCE = 1L << 25;  // 128 MiB, as far as the smallest chunk allows
constexpr long COPIES_AT_MOST = 1L << 23;  // 32 MiB of weight gradients of teams

inline long units(long symbols) { return (symbols + UNIT - 1) / UNIT; }
inline long blocks(long symbols) { return (symbols + BLOCK - 1) / BLOCK; }

// Rows [first, last) of the problem, for one team of threads. Every thread of the team calls
// `run`.
class CrossEntropyPass {
 public:
  CrossEntropyPass(const CrossEntropy& problem, Range rows, int threads, const float* bias,
                   float* dw, float* db, Arena& arena)
      : l_(problem.layer),
        target_(problem.target),
        rows_(rows),
        bias_(bias),
        dx_(problem.dx),
        dw_(dw),
        db_(db),
        threads_(threads) {
    chunk_ = chunk_rows(larger(rows.last - rows.first, 1), l_.outputs);
    tiles_ = numbers(arena, step_blocks() * tiles_numbers());
    if (dw_) x_panels_ = numbers(arena, panels(l_.inputs) * PANEL * padded(chunk_));
    most_ = arena.floats(chunk_ * threads);
    total_ = arena.floats(chunk_ * threads);
    at_target_ = arena.floats(chunk_);
    shift_ = arena.floats(chunk_);
    scale_ = arena.floats(chunk_);
    panel_ = numbers(arena, panel_numbers() * threads);
    sums_ = arena.floats(2 * W * chunk_ * threads);
    const long held = gradients() ? blocks((units(l_.outputs) / threads + 1) * UNIT) : 1;
    logits_floats_ = held * chunk_ * BLOCK_ROW;
    logits_ = arena.floats(logits_floats_ * threads);
    if (dw_) turned_ = numbers(arena, turned_numbers() * threads);
    if (dx_ && ROUNDS) rounded_ = numbers(arena, rows_numbers(chunk_, BLOCK) * threads);
    if (dx_) dx_parts_ = arena.floats(chunk_ * dx_row() * threads);
    if (db_) db_lost_ = arena.floats(l_.outputs);
    if (dw_ && rows.last - rows.first > MANY_ROWS)
      dw_total_ = arena.doubles(l_.outputs * l_.inputs);
  }

  // The loss of the rows that this thread summed.
  double run(const Member& me) {
    double loss = 0;
    const Range symbols = own(me.id, me.size);
    clear_sums(symbols);
    long since = 0;  // rows in the gradients of the weights since these were gathered
    for (long first = rows_.first; first < rows_.last; first += chunk_) {
      const long rows = smaller(chunk_, rows_.last - first);
      me.barrier->wait();  // the last chunk is used
      pack_x(me, first, rows);
      me.barrier->wait();
      logits(me, symbols, first, rows);
      me.barrier->wait();
      loss += combine(me, rows);
      if (!gradients()) continue;
      me.barrier->wait();
      gradients(me, symbols, first, rows);
      since += rows;
      if (since >= MANY_ROWS) {
        for_own_weights(symbols, gather);
        since = 0;
      }
      me.barrier->wait();
      if (dx_) add_parts(me, first, rows);
    }
    for_own_weights(symbols, gathered);
    return loss;
  }

 private:
  const Linear& l_;
  const int64_t* target_;
  Range rows_;
  const float* bias_;  // of all units' symbols: minus infinity beyond the last one
  float *dx_, *dw_, *db_;
  int threads_;
  long chunk_, logits_floats_;
  // Of the team: x in tiles and in panels; by row the logit of the target, the maximum and 1 / the
  // sum of exponentials.
  Number *tiles_, *x_panels_ = nullptr;
  float *at_target_, *shift_, *scale_;
  // What the sums of the gradients have rounded away; and where the rows are very many, those of
  // the weights in double.
  float* db_lost_ = nullptr;
  double* dw_total_ = nullptr;
  // Of each thread: by row the maximum and the sum of its symbols; a panel of weights; the same by
  // lane; logits, by block and row; a block of their gradients in tiles, and rounded; its part of
  // the gradient of x.
  float *most_, *total_, *sums_, *logits_, *dx_parts_ = nullptr;
  Number *panel_, *turned_ = nullptr, *rounded_ = nullptr;

  // Chunks of equal size, in whole tiles, as large as the limits allow.
  static long chunk_rows(long rows, long symbols) {
    const long most =
        larger(LEAST_CHUNK, smaller(MOST_CHUNK, LOGITS_AT_ONCE / symbols / TILE_ROWS * TILE_ROWS));
    const long chunks = (rows + most - 1) / most, each = (rows + chunks - 1) / chunks;
    return smaller(rows, (each + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS);
  }

  bool gradients() const { return dx_ || dw_ || db_; }
  long dx_row() const { return panels(l_.inputs) * PANEL + PAD; }
  long step_blocks() const { return (l_.inputs + PACKED_DEPTH - 1) / PACKED_DEPTH; }
  long tiles_numbers() const { return rows_numbers(chunk_, PACKED_DEPTH) + W; }
  Number* tiles(long s) const { return tiles_ + s * tiles_numbers(); }
  Range own(int id, int size) const {
    const Range mine(units(l_.outputs), id, size);
    return Range::from(mine.first * UNIT, smaller(mine.last * UNIT, l_.outputs));
  }
  long turned_numbers() const { return rows_numbers(BLOCK, chunk_) + W; }
  static long panel_numbers() { return PANEL * larger(PACKED_DEPTH, BLOCK); }
  float* block(const Member& me, long v, const Range& symbols) const {
    return logits_ + me.id * logits_floats_ +
           (gradients() ? (v - symbols.first) / BLOCK * chunk_ * BLOCK_ROW : 0);
  }

  void clear_sums(const Range& symbols) {
    const long count = larger(symbols.last - symbols.first, 0);
    if (db_) std::fill_n(db_ + symbols.first, count, 0.0f);
    if (db_) std::fill_n(db_lost_ + symbols.first, count, 0.0f);
    if (dw_total_) std::fill_n(dw_total_ + symbols.first * l_.inputs, count * l_.inputs, 0.0);
  }

  template <class Work>
  void for_own_weights(const Range& symbols, const Work& work) const {
    const long first = symbols.first * l_.inputs;
    if (dw_total_) work(dw_ + first, dw_total_ + first, symbols.last * l_.inputs - first);
  }

  void pack_x(const Member& me, long first, long rows) {
    const float* x = l_.x + first * l_.inputs;
    const Range steps(step_blocks(), me.id, me.size);
    for (long s = steps.first; s < steps.last; s++)
      pack_tiles({x + s * PACKED_DEPTH, l_.inputs, 1}, rows,
                 smaller(PACKED_DEPTH, l_.inputs - s * PACKED_DEPTH), tiles(s));
    const Range columns(panels(l_.inputs), me.id, me.size);
    for (long p = columns.first; x_panels_ && p < columns.last; p++)
      pack_panel({x, l_.inputs, 1}, rows, l_.inputs, p * PANEL,
                 x_panels_ + p * padded(rows) * PANEL);
  }

  // All logits of the own symbols, and each row's maximum and sum over them.
  void logits(const Member& me, const Range& symbols, long first, long rows) {
    Number* panel = panel_ + me.id * panel_numbers();
    float *most = sums_ + me.id * 2 * W * chunk_, *total = most + W * chunk_;
    for (long i = 0; i < W * rows; i++) most[i] = -FLT_MAX, total[i] = 0.0f;
    for (long v = symbols.first; v < symbols.last; v += BLOCK) {
      const long width = smaller(BLOCK, symbols.last - v);
      float* to = block(me, v, symbols);
      for (long j = 0; j < width; j += PANEL)
        for (long s = 0, k = 0; s < step_blocks(); s++, k += PACKED_DEPTH) {
          const long depth = smaller(PACKED_DEPTH, l_.inputs - k);
          pack_panel({l_.weight + k, 1, l_.inputs}, depth, l_.outputs, v + j, panel);
          multiply_tiles({tiles(s), rows, depth}, panel, k ? to + j : bias_ + v + j,
                         k ? BLOCK_ROW : 0, to + j, BLOCK_ROW, PANEL);
        }
      for (long r = 0; r < rows; r++) {
        const float* row = to + r * BLOCK_ROW;
        count(row, panels(width) * PANEL, most + r * W, total + r * W);
        const long symbol = target_[first + r] - v;
        if (symbol >= 0 && symbol < width) at_target_[r] = row[symbol];
      }
    }
    for (long r = 0; r < rows; r++)
      reduce(most + r * W, total + r * W, most_[me.id * chunk_ + r], total_[me.id * chunk_ + r]);
  }

  // Each lane's maximum, and its sum of exponentials of the distance from it.
  static void count(const float* row, long width, float* most, float* total) {
    const Vec before = load(most);
    Vec now = before;
    for (long j = 0; j < width; j += W) {
      const Vec value = load(row + j);
      now = value > now ? value : now;
    }
    Vec sum = zero();
    for (long j = 0; j < width; j += W) sum += exp(load(row + j) - now);
    store(most, now);
    store(total, load(total) * exp(before - now) + sum);
  }

  static void reduce(const float* most, const float* total, float& row_most, float& row_total) {
    row_most = -FLT_MAX;
    for (int i = 0; i < W; i++) row_most = most[i] > row_most ? most[i] : row_most;
    row_total = sum(load(total) * exp(load(most) - row_most));
  }

  // The threads' maxima and sums to those of whole rows.
  double combine(const Member& me, long rows) {
    double loss = 0;
    const Range mine(rows, me.id, me.size);
    for (long r = mine.first; r < mine.last; r++) {
      float most = -FLT_MAX;
      double total = 0;
      for (int t = 0; t < me.size; t++)
        most = most_[t * chunk_ + r] > most ? most_[t * chunk_ + r] : most;
      for (int t = 0; t < me.size; t++)
        total += double(total_[t * chunk_ + r]) *
                 std::exp(double(most_[t * chunk_ + r]) - double(most));
      loss += std::log(total) - (double(at_target_[r]) - double(most));
      shift_[r] = most;
      scale_[r] = float(1.0 / total);
    }
    return loss;
  }

  void gradients(const Member& me, const Range& symbols, long first, long rows) {
    for (long v = symbols.first; v < symbols.last; v += BLOCK) {
      const long width = smaller(BLOCK, symbols.last - v);
      float* d = block(me, v, symbols);
      logit_gradients(d, v, width, first, rows);
      for (long j = 0; db_ && j < width; j += W)
        Sums{db_ + v, db_lost_ + v}.add_rows(d, BLOCK_ROW, rows, j, width - j);
      if (dw_) weight_gradients(me, d, v, width, rows, first == rows_.first);
      if (dx_) input_gradients(me, d, v, width, rows, v == symbols.first);
    }
  }

  // softmax(logits) - 1 at the target, in place.
  void logit_gradients(float* d, long v, long width, long first, long rows) {
    for (long r = 0; r < rows; r++) {
      float* row = d + r * BLOCK_ROW;
      const Vec shift = all(shift_[r]), scale = all(scale_[r]);
      for (long j = 0; j < panels(width) * PANEL; j += W)
        store(row + j, exp(load(row + j) - shift) * scale);
      const long symbol = target_[first + r] - v;
      if (symbol >= 0 && symbol < width) row[symbol] -= 1.0f;
    }
  }

  void weight_gradients(const Member& me, const float* d, long v, long width, long rows,
                        bool first_chunk) {
    Number* turned = turned_ + me.id * turned_numbers();
    float* dw = dw_ + v * l_.inputs;
    pack_tiles({d, 1, BLOCK_ROW}, width, rows, turned);
    for (long p = 0; p < panels(l_.inputs); p++) {
      float* c = dw + p * PANEL;
      multiply_tiles({turned, width, rows}, x_panels_ + p * padded(rows) * PANEL,
                     first_chunk ? nullptr : c, l_.inputs, c, l_.inputs, l_.inputs - p * PANEL,
                     dw_total_);
    }
  }

  void input_gradients(const Member& me, const float* d, long v, long width, long rows,
                       bool first_block) {
    Number* panel = panel_ + me.id * panel_numbers();
    float* part = dx_parts_ + me.id * chunk_ * dx_row();
    const NumberRows read = read_rows(
        d, BLOCK_ROW, rows, width, rounded_ + (ROUNDS ? me.id * rows_numbers(chunk_, BLOCK) : 0));
    for (long p = 0; p < panels(l_.inputs); p++) {
      pack_panel({l_.weight + v * l_.inputs, l_.inputs, 1}, width, l_.inputs, p * PANEL, panel);
      for (Tiles t(rows); t; t.next()) {
        float* c = part + t.first * dx_row() + p * PANEL;
        TILES[t.rows - 1](read.start + t.first * read.row, read.row, panel, width,
                          first_block ? nullptr : c, dx_row(), c, dx_row());
      }
    }
  }

  // The threads' parts of the gradient of x, added in the order of threads.
  void add_parts(const Member& me, long first, long rows) {
    const Range mine(rows, me.id, me.size);
    for (long r = mine.first; r < mine.last; r++)
      for (long j = 0; j < l_.inputs; j += W) {
        Vec total = zero();
        for (int t = 0; t < me.size; t++)
          if (own(t, me.size).first <
              own(t, me.size).last)  // a thread without symbols has no part
            total += load(dx_parts_ + (t * chunk_ + r) * dx_row() + j);
        put(dx_ + (first + r) * l_.inputs + j, total, l_.inputs - j);
      }
  }
};

// Few symbols: every thread is a team of its own with a share of the rows, and a copy of the
// weights' gradients. Else one team, whose threads share the symbols.
inline bool rows_shared(const Linear& l, int threads) {
  const bool coarse = units(l.outputs) < 32L * threads;
  return threads > 1 && coarse && l.rows >= 48L * threads &&
         l.outputs * l.inputs * (threads - 1) <= COPIES_AT_MOST;
}

// copies[0] += the other copies; called by all threads.
inline void add_copies(float* const* copies, int count, Range mine) {
  for (long i = mine.first; copies[0] && i < mine.last; i += W) {
    Vec total = get(copies[0] + i, mine.last - i);
    for (int copy = 1; copy < count; copy++) total += get(copies[copy] + i, mine.last - i);
    put(copies[0] + i, total, mine.last - i);
  }
}

constexpr int MOST_CROSS_ENTROPY_THREADS = 64;

inline double cross_entropy(const CrossEntropy& problem, int threads) {
  const Linear& l = problem.layer;
  Arena& arena = fresh_arena();
  threads = threads_for(l, int(smaller(threads, MOST_CROSS_ENTROPY_THREADS)));
  const int teams = rows_shared(l, threads) ? threads : 1;
  float* bias = arena.floats(units(l.outputs) * UNIT);
  for (long v = 0; v < units(l.outputs) * UNIT; v++)
    bias[v] = v >= l.outputs ? -INFINITY : l.bias ? l.bias[v] : 0.0f;
  alignas(CrossEntropyPass) char room[MOST_CROSS_ENTROPY_THREADS][sizeof(CrossEntropyPass)];
  CrossEntropyPass* pass[MOST_CROSS_ENTROPY_THREADS];
  float *dw[MOST_CROSS_ENTROPY_THREADS], *db[MOST_CROSS_ENTROPY_THREADS];
  for (int t = 0; t < teams; t++) {
    dw[t] = t && problem.dw ? arena.floats(l.outputs * l.inputs) : problem.dw;
    db[t] = t && problem.db ? arena.floats(l.outputs) : problem.db;
    pass[t] = new (room[t]) CrossEntropyPass(problem, Range(l.rows, t, teams), threads / teams,
                                             bias, dw[t], db[t], arena);
  }
  double loss[MOST_CROSS_ENTROPY_THREADS] = {};
  Barrier together;
#pragma omp parallel num_threads(threads)
  {
    const DenormalsFlushed flushed;  // of probabilities of symbols that are out of the question
    const TileShapes shapes{};
    const int id = omp_get_thread_num(), size = omp_get_num_threads();
#pragma omp single
    together.set_size(size);
    if (teams == 1) loss[id] = pass[0]->run({id, size, &together});
    Barrier alone;
    for (int t = id; teams > 1 && t < teams; t += size) loss[t] = pass[t]->run({0, 1, &alone});
    together.wait();
    if (teams > 1) {
      add_copies(dw, teams, Range(l.outputs * l.inputs, id, size));
      add_copies(db, teams, Range(l.outputs, id, size));
    }
  }
  double total = 0;
  for (double part : loss) total += part;
  return total;
}

}  // namespace recurra::RECURRA_ISA
