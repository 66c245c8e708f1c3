// The best sequences of labels under a linear-chain CRF (Viterbi, 1967; the n best as Foreman,
// 1993).
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "crf.h"

namespace recurra::RECURRA_ISA {

// The best labels of sequence b. Of labels that are as good the first is taken.
class Viterbi {
 public:
  Viterbi(const Crf& crf, float* transitions, float* room)
      : c_(crf),
        row_(whole_row(crf.labels)),
        transitions_(transitions),
        best_(room),
        next_(room + row_),
        before_(reinterpret_cast<int32_t*>(room + 2 * row_)) {}

  static long room(const Crf& c) { return (c.steps + 2) * whole_row(c.labels); }

  void run(long b, int64_t* labels) {
    constexpr float NONE = -std::numeric_limits<float>::infinity();
    const long steps = c_.lengths[b], K = c_.labels;
    for (long t = 0; t < steps; t++) {
      const float* scores = scores_of(c_, b, t);
      for (long j = 0; !t && j < row_; j += W)
        store(next_ + j, get(c_.start + j, K - j) + get(scores + j, K - j));
      for (long j = 0; t && j < row_;) {  // several vectors at once, to fill the pipelines
        const long left = (row_ - j) / W;
        left >= 4   ? step<4>(j, t, scores)
        : left >= 3 ? step<3>(j, t, scores)
        : left == 2 ? step<2>(j, t, scores)
                    : step<1>(j, t, scores);
        j += smaller(left, 4) * W;
      }
      std::swap(best_, next_);
      float most = NONE;
      for (long j = 0; j < K; j++) most = larger(most, best_[j]);
      for (long j = 0; most > NONE && j < K; j++)
        best_[j] -= most;  // so that long sequences lose no digits
    }
    long label = 0;
    for (long j = 1; j < K; j++)
      if (best_[j] + c_.end[j] > best_[label] + c_.end[label]) label = j;
    for (long t = steps - 1; t >= 0; t--) {
      labels[t] = label;
      label = before_[t * row_ + label];
    }
  }

 private:
  typedef int32_t BitsUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

  // The best way to N vectors of labels from `first` on.
  template <int N>
  void step(long first, long t, const float* scores) {
    Vec best[N];
    Bits from[N] = {};
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) best[n] = all(-std::numeric_limits<float>::infinity());
    for (long i = 0; i < c_.labels; i++)
#pragma GCC unroll 4
      for (int n = 0; n < N; n++) {
        const Vec x = best_[i] + load(transitions_ + i * row_ + first + n * W);
        const Bits better = x > best[n];
        best[n] = better ? x : best[n];
        from[n] = better ? Bits{} + int32_t(i) : from[n];
      }
    for (int n = 0; n < N; n++) {
      const long j = first + n * W;
      store(next_ + j, best[n] + get(scores + j, c_.labels - j));
      *reinterpret_cast<BitsUnaligned*>(before_ + t * row_ + j) = from[n];
    }
  }

  const Crf& c_;
  long row_;
  const float* transitions_;  // rows of whole vectors
  float *best_, *next_;
  int32_t* before_;
};

// The `count` best sequences of labels of sequence b and their scores, the best first; -inf where
// there are no more.
inline void best_sequences(const Crf& c, long b, long count, int64_t* labels, double* scores) {
  struct Way {
    double score;
    int32_t label, rank;  // of the step before
  };
  const long steps = c.lengths[b], K = c.labels;
  const double NONE = -std::numeric_limits<double>::infinity();
  std::vector<Way> ways(steps * K * count, Way{NONE, 0, 0}), saved(count);
  const auto at = [&](long t, long j) { return ways.data() + (t * K + j) * count; };
  const auto take =
      [&](Way* list,
          const Way& way) {  // into a list sorted by score; of equals the first stays first
        if (!(way.score > list[count - 1].score)) return;
        long place = count - 1;
        for (; place && way.score > list[place - 1].score; place--) list[place] = list[place - 1];
        list[place] = way;
      };
  for (long t = 0; t < steps; t++)
    for (long j = 0; j < K; j++) {
      const double own = c.scores[(b * c.steps + t) * K + j];
      if (!t) at(0, j)[0] = {c.start[j] + own, 0, 0};
      for (long i = 0; t && i < K; i++)
        for (long r = 0; r < count; r++)
          take(at(t, j),
               {at(t - 1, i)[r].score + c.transitions[i * K + j] + own, int32_t(i), int32_t(r)});
    }
  std::fill(saved.begin(), saved.end(), Way{NONE, 0, 0});
  for (long j = 0; j < K; j++)
    for (long r = 0; r < count; r++)
      take(saved.data(), {at(steps - 1, j)[r].score + c.end[j], int32_t(j), int32_t(r)});
  for (long n = 0; n < count; n++) {
    scores[n] = saved[n].score;
    Way way = saved[n];
    for (long t = steps - 1; t >= 0; t--) {
      labels[n * c.steps + t] = way.label;
      way = at(t, way.label)[way.rank];
    }
  }
}

inline void crf_viterbi(const Crf& c, long count, int64_t* labels, double* scores, int threads) {
  Arena& arena = fresh_arena();
  const long row = whole_row(c.labels);
  const int team = crf_threads(c, threads);
  float *transitions = arena.floats(c.labels * row), *room = arena.floats(Viterbi::room(c) * team);
  for (long i = 0; i < c.labels; i++)
    for (long j = 0; j < row; j++)
      transitions[i * row + j] = j < c.labels ? c.transitions[i * c.labels + j] : 0.0f;
  Errors errors;
#pragma omp parallel num_threads(team)
  {
    Viterbi viterbi(c, transitions, room + Viterbi::room(c) * omp_get_thread_num());
#pragma omp for schedule(dynamic)
    for (long b = 0; b < c.batch; b++) {
      int64_t* to = labels + b * count * c.steps;
      if (count > 1) {
        errors.attempt([&] { best_sequences(c, b, count, to, scores + b * count); });
        continue;
      }
      viterbi.run(b, to);
      scores[b] = score_of(c, b, to);
    }
  }
  errors.rethrow();
}

}  // namespace recurra::RECURRA_ISA
