// A layer over whole sequences, over weights of fewer bits: the input products of a chunk of
// steps, then step after step its recurrent products and equations. What each step comes to is to
// the bit what reduced_step.h comes to.
#pragma once

#include <omp.h>

#include <algorithm>

#include "reduced_layer.h"

namespace recurra::RECURRA_ISA {

constexpr long REDUCED_CHUNK_ROWS = 64;  // whose input products are taken at once, at least

template <class Cell, class Numbers>
class ReducedSequence {
 public:
  using Layer = ReducedLayer<Cell, Numbers>;
  using Rows = typename Numbers::Rows;

  ReducedSequence(const Layer& layer, long inputs, long hidden, const LayerSequence& io,
                  Arena& arena, int threads)
      : layer_(layer), inputs_(inputs), hidden_(hidden), io_(io) {
    const long rows = io.batch + REDUCED_CHUNK_ROWS;
    x_scratch_ = arena.floats(Rows::floats(rows, inputs));
    products_ = arena.floats(rows * layer.product_floats());
    room_ = Rows::floats(io.batch, hidden);
    h_scratch_ = arena.floats(room_ * threads);
    spare_ = arena.floats(io.batch * hidden);
  }

  // Every thread of the team calls it.
  void run(const Member& me) {
    float *now = io_.h, *next = spare_;
    long row = 0;  // of x, at which the next chunk begins, or, backwards, ends
    for (long t = 0; t < io_.steps; t++) row += io_.backwards ? io_.sizes[t] : 0;
    for (long done = 0; done < io_.steps;) {
      long steps = 0, rows = 0;
      while (done + steps < io_.steps && rows < REDUCED_CHUNK_ROWS) {
        rows += size_of(done + steps);
        steps++;
      }
      const long first = io_.backwards ? row - rows : row;
      multiply_inputs(me, first, rows);
      for (long end = done + steps; done < end; done++) {
        const long size = size_of(done);
        if (io_.backwards) row -= size;
        step(me, size, row, row - first, now, next);
        if (!io_.backwards) row += size;
        std::swap(now, next);
      }
    }
    if (now != io_.h) copy_own(me, now, io_.h, 0);
  }

 private:
  const Layer& layer_;
  long inputs_, hidden_;
  LayerSequence io_;
  float* x_scratch_;  // for the `Rows` of a chunk
  float* products_;   // of a chunk
  long room_;
  float* h_scratch_;  // of each thread, for `Rows` of the states
  float* spare_;      // (B, H)

  // Sequences at the step that comes after so many.
  long size_of(long done) const { return io_.sizes[io_.backwards ? io_.steps - 1 - done : done]; }

  void multiply_inputs(const Member& me, long first, long rows) {
    Rows x_rows(rows, inputs_, x_scratch_);
    const Range share(rows, me.id, me.size);
    for (long r = share.first; r < share.last; r++) x_rows.read(r, io_.x + (first + r) * inputs_);
    wait(me);
    layer_.multiply_inputs(x_rows, rows, own_blocks(me), products_);
  }

  // `row` is that of the first sequence in y, `of_chunk` its number within the chunk.
  void step(const Member& me, long size, long row, long of_chunk, const float* h, float* h_out) {
    Rows h_rows(size, hidden_, h_scratch_ + room_ * me.id);
    for (long b = 0; b < size; b++) h_rows.read(b, h + b * hidden_);
    layer_.run({size, nullptr, products_ + of_chunk * layer_.product_floats(), nullptr, &h_rows, h,
                io_.c, h_out, io_.c, io_.y + row * hidden_},
               own_blocks(me));
    copy_own(me, h, h_out, size);
    wait(me);
  }

  // This thread's units of the sequences from `first` on, which have ended or not begun.
  void copy_own(const Member& me, const float* from, float* to, long first) {
    const Range blocks = own_blocks(me);
    const long begin = blocks.first * W, end = smaller(blocks.last * W, hidden_);
    for (long b = first; b < io_.batch && begin < end; b++)
      std::copy(from + b * hidden_ + begin, from + b * hidden_ + end, to + b * hidden_ + begin);
  }

  Range own_blocks(const Member& me) const { return {blocks_of(hidden_), me.id, me.size}; }
  static void wait(const Member& me) {
    if (me.size > 1) me.barrier->wait();
  }
};

}  // namespace recurra::RECURRA_ISA
