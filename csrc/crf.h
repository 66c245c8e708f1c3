// A linear-chain conditional random field (Lafferty et al., 2001): the sum over all label
// sequences, and its gradients, which are the marginals.
//
// Sums forward are in double (crf_double.h), those of the gradients in float32: of probabilities,
// brought to sum 1 at each step. Where scores lie so far apart that these would lose what counts,
// a sequence is done in logarithms.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "arena.h"
#include "crf_double.h"
#include "errors.h"
#include "kernels.h"
#include "crf_logarithms.h"
#include "product.h"
#include "row_product.h"

namespace recurra::RECURRA_ISA {

constexpr long WORTH_A_CRF_THREAD = 1L << 15;  // multiply-adds
constexpr float LEAST_SUM = 1e-25f;  // of a step: what was lost below 1e-38 is then 1e-13 of it
constexpr long PAIRS_STEPS = 2 * CHAIN;  // of which sums are in float32, of all others in double

// The exponentials of a table, from its largest number down; rows of whole vectors, zeros beyond.
inline void exponentials(const float* from, long rows, long columns, float* to, long row) {
  float most = -std::numeric_limits<float>::infinity();
  for (long i = 0; i < rows * columns; i++) most = larger(most, from[i]);
  if (std::isinf(most) && most < 0) most = 0;  // all are forbidden
  for (long r = 0; r < rows; r++)
    for (long c = 0; c < row; c += W) {
      const Vec x = exp(get(from + r * columns + c, columns - c) - most);
      for (int lane = 0; lane < W; lane++)
        to[r * row + c + lane] = c + lane < columns ? x[lane] : 0.0f;
    }
}

// The gradients, which are marginals, in float32.
class CrfMarginals {
 public:
  CrfMarginals(const Crf& crf, Arena& arena)
      : c_(crf),
        row_(whole_row(crf.labels)),
        table_(arena.floats(crf.labels * row_)),
        turned_(arena.floats(crf.labels * row_)),
        end_(arena.floats(row_)) {
    exponentials(c_.transitions, c_.labels, c_.labels, table_, row_);
    exponentials(c_.end, 1, c_.labels, end_, row_);
    for (long i = 0; i < c_.labels; i++)
      for (long j = 0; j < row_; j++)
        turned_[i * row_ + j] = j < c_.labels ? table_[j * row_ + i] : 0.0f;
  }

  static long backward_scratch(const Crf& c) {
    return (c.labels + c.steps + 2) * whole_row(c.labels);
  }

  // From `kept` (T, row), each step's probabilities given all scores up to it, but for a factor:
  // the marginals (T, K) of sequence b, and the sums (K, row) of its pairs' marginals, but for
  // what `finish` multiplies by, times `factor`. False, and nothing is added, where logarithms are
  // needed.
  bool backward(long b, float factor, const float* saved, float* marginals, double* pairs,
                float* scratch) const {
    const long steps = c_.lengths[b];
    float *part = scratch, *beta = part + c_.labels * row_, *next = beta + row_,
          *later = next + row_;
    std::copy(end_, end_ + row_, beta);
    for (long t = steps - 1; t >= 0; t--) {
      const float *alpha = saved + t * row_, whole = total_of(alpha, beta);
      if (!(whole >= LEAST_SUM && whole < 1e30f)) return false;
      for (long j = 0; j < c_.labels; j++)
        marginals[t * c_.labels + j] = factor / whole * alpha[j] * beta[j];
      if (t == 0) break;
      weigh(scores_of(c_, b, t), beta);
      times(beta, 1, c_.labels, turned_, row_, next);
      const float both = total_of(alpha - row_, next), sum = total_of(next, nullptr);
      if (!(both >= LEAST_SUM && sum < 1e30f)) return false;
      for (long j = 0; j < row_; j += W) {
        store(later + (t - 1) * row_ + j, load(beta + j) * (factor / both));
        store(next + j, load(next + j) * (1.0f / sum));
      }
      std::swap(beta, next);
    }
    for (long t = 0; t + 1 < steps; t += PAIRS_STEPS) {
      const long depth = smaller(steps - 1 - t, PAIRS_STEPS);
      for (long i = 0; i < c_.labels; i++)
        times(saved + t * row_ + i, row_, depth, later + t * row_, row_, part + i * row_);
      for (long i = 0; i < c_.labels * row_; i++) pairs[i] += part[i];
    }
    return true;
  }

  // Multiply the sums that `backward` left by what every one of them lacks.
  void finish(double* pairs) const {
    for (long i = 0; i < c_.labels * row_; i++) pairs[i] *= table_[i];
  }

  // The same as `backward`, in logarithms, for after `finish`.
  void backward_in_logarithms(long b, float factor, float* marginals, double* pairs) const {
    Logarithms sums(c_, b);
    sums.run_back();
    sums.backward(factor, marginals, pairs, row_);
  }

 private:
  // x *= exp(scores - their maximum).
  void weigh(const float* scores, float* x) const {
    Vec most = all(-std::numeric_limits<float>::infinity());
    const long whole = c_.labels / W * W;
    for (long j = 0; j < whole; j += W) most = load(scores + j) > most ? load(scores + j) : most;
    float top = most[0];
    for (int lane = 1; lane < W; lane++) top = larger(top, most[lane]);
    for (long j = whole; j < c_.labels; j++) top = larger(top, scores[j]);
    if (std::isinf(top) && top < 0) top = 0;
    for (long j = 0; j < row_; j += W) {
      Vec given = get(scores + j, c_.labels - j);
      for (long lane = c_.labels - j; lane < W; lane++)
        given[lane] = top;  // x is 0 there, and is to stay so
      store(x + j, load(x + j) * exp(given - top));
    }
  }

  float total_of(const float* x, const float* factor) const {
    Vec total = zero();
    for (long j = 0; j < row_; j += W)
      total += factor ? load(x + j) * load(factor + j) : load(x + j);
    return sum(total);
  }

  const Crf& c_;
  long row_;
  float *table_, *turned_, *end_;  // exponentials: [from][to], [to][from]
};

inline int crf_threads(const Crf& c, int wanted) {
  long steps = 0;
  for (long b = 0; b < c.batch; b++) steps += c.lengths[b];
  return int(larger(
      1, smaller(smaller(wanted, c.batch), steps * c.labels * c.labels / WORTH_A_CRF_THREAD)));
}

// What is kept for the gradients: (B, T, row), and of each sequence whether it is of use, 1 or 0,
// (B).
inline long crf_saved_floats(const Crf& c) {
  return c.batch * (c.steps * whole_row(c.labels) + 1);
}
inline float* kept_of(const Crf& c, float* saved, long b) {
  return saved + b * c.steps * whole_row(c.labels);
}
inline float* use_of(const Crf& c, float* saved) { return kept_of(c, saved, c.batch); }

inline void crf_forward(const Crf& c, const int64_t* labels, double* value, float* saved,
                        int threads) {
  const DoubleTables tables(c);
  Errors errors;
#pragma omp parallel for schedule(dynamic) num_threads(crf_threads(c, threads))
  for (long b = 0; b < c.batch; b++)
    errors.attempt([&] {
      const DoublePass pass(c, tables, b, kept_of(c, saved, b));
      use_of(c, saved)[b] = pass.exact;
      const double log_z = pass.exact ? pass.log_z : Logarithms(c, b).log_z;
      value[b] = labels ? log_probability(score_of(c, b, labels + b * c.steps), log_z) : log_z;
    });
  errors.rethrow();
}

inline void crf_log_partition(const Crf& c, double* log_z, int threads) {
  const DoubleTables tables(c);
  Errors errors;
#pragma omp parallel for schedule(dynamic) num_threads(crf_threads(c, threads))
  for (long b = 0; b < c.batch; b++) errors.attempt([&] { log_z[b] = exact_log_z(c, tables, b); });
  errors.rethrow();
}

inline void crf_spans(const Crf& c, const Spans& spans, double* log_probs, int threads) {
  const DoubleTables tables(c);
  Errors errors;
#pragma omp parallel for schedule(dynamic) num_threads(crf_threads(c, threads))
  for (long b = 0; b < c.batch; b++)
    errors.attempt([&] { spans_of(c, tables, b, spans, log_probs); });
  errors.rethrow();
}

inline void crf_backward(const Crf& c, const int64_t* labels, const float* factor, float* saved,
                         const CrfGradients& g, int threads) {
  Arena& arena = fresh_arena();
  const CrfMarginals pass(c, arena);
  const int team = crf_threads(c, threads);
  const long row = whole_row(c.labels), scratch_floats = CrfMarginals::backward_scratch(c);
  double* all_pairs = arena.doubles(c.labels * row * team);
  float* all_scratch = arena.floats(scratch_floats * team);
  std::fill_n(all_pairs, c.labels * row * team, 0.0);  // those of threads that do not come too
  std::vector<char> done(c.batch);
  Errors errors;
#pragma omp parallel num_threads(team)
  {
    const int me = omp_get_thread_num(), size = omp_get_num_threads();
    double* pairs = all_pairs + c.labels * row * me;
    float* scratch = all_scratch + scratch_floats * me;
    // Always the same sequences to a thread, so that rounding is the same.
    for (long b = me; b < c.batch; b += size) {
      float* marginals = g.scores + b * c.steps * c.labels;
      done[b] = use_of(c, saved)[b] > 0 &&
                pass.backward(b, labels ? -factor[b] : factor[b], kept_of(c, saved, b), marginals,
                              pairs, scratch);
      std::fill(marginals + c.lengths[b] * c.labels, marginals + c.steps * c.labels, 0.0f);
    }
    pass.finish(pairs);
    for (long b = me; b < c.batch; b += size) {
      float* marginals = g.scores + b * c.steps * c.labels;
      if (!done[b])
        errors.attempt([&] {
          pass.backward_in_logarithms(b, labels ? -factor[b] : factor[b], marginals, pairs);
        });
      const int64_t* of_sequence = labels + b * c.steps;
      for (long t = 0; labels && t < c.lengths[b]; t++) {
        marginals[t * c.labels + of_sequence[t]] += factor[b];
        if (t) pairs[of_sequence[t - 1] * row + of_sequence[t]] += factor[b];
      }
    }
  }
  errors.rethrow();
  for (long j = 0; j < c.labels;
       j++) {  // what the first and the last step's scores get, these get too
    double first = 0, last = 0;
    for (long b = 0; b < c.batch; b++) {
      first += g.scores[b * c.steps * c.labels + j];
      last += g.scores[(b * c.steps + c.lengths[b] - 1) * c.labels + j];
    }
    g.start[j] = float(first);
    g.end[j] = float(last);
  }
  for (long i = 0; i < c.labels; i++)
    for (long j = 0; j < c.labels; j++) {
      double sum = 0;
      for (int thread = 0; thread < team; thread++)
        sum += all_pairs[(c.labels * thread + i) * row + j];
      g.transitions[i * c.labels + j] = float(sum);
    }
}

}  // namespace recurra::RECURRA_ISA
