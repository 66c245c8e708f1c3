// The sums of a linear-chain CRF over all label sequences in double, so that log Z and spans keep
// their digits at any length.
//
// Sums are of probabilities, brought to about 1 at each step, so that a step is a product of a
// vector and a matrix. Where scores lie so far apart that even double would lose what counts, they
// are of logarithms (crf_logarithms.h).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels.h"
#include "crf_logarithms.h"
#include "row_product.h"

namespace recurra::RECURRA_ISA {

constexpr double LEAST_PART =
    1e-200;  // of a step's sums: what was lost below 1e-308 is then 1e-108 of it
constexpr double LOG_2 = 0.69314718055994530942;

inline float largest_of(Vec v) {
  alignas(64) float part[W];
  store(part, v);
  for (int half = W / 2; half; half /= 2)
    for (int i = 0; i < half; i++) part[i] = part[i] > part[i + half] ? part[i] : part[i + half];
  return part[0];
}

// Labels in whole vectors.
inline long whole_row(long labels) { return (labels + W - 1) / W * W; }

// The exponentials of so many scores, from the largest down, which is given back; zeros beyond, to
// a whole row.
inline double exponentials(const float* scores, long count, double* to) {
  constexpr float NONE = -std::numeric_limits<float>::infinity();
  const long whole = count / W * W;
  alignas(64) float rest[W];
  std::fill(rest, rest + W, NONE);
  std::copy(scores + whole, scores + count, rest);
  Vec larger_ones = load(rest);
  for (long i = 0; i < whole; i += W)
    larger_ones = load(scores + i) > larger_ones ? load(scores + i) : larger_ones;
  const float largest = largest_of(larger_ones);
  const double most = std::isinf(largest) && largest < 0 ? 0.0 : largest;
  for (long i = 0; i < whole; i += D)
    store(to + i, exp_up_to_0(load_as_doubles(scores + i) - most));
  for (long i = 0; whole < count && i < W; i += D)
    store(to + whole + i, exp_up_to_0(load_as_doubles(rest + i) - most));
  return most;
}

// Exponentials of a CRF's tables, made once for all sequences; each from its largest number
// down.
struct DoubleTables {
  long row;                                             // doubles of a row
  std::vector<double> transitions, turned, start, end;  // [from][to], [to][from]
  double transitions_most, start_most, end_most;

  explicit DoubleTables(const Crf& c)
      : row(whole_row(c.labels)),
        transitions(c.labels * row),
        turned(c.labels * row),
        start(row),
        end(row) {
    const long K = c.labels;
    std::vector<double> dense(whole_row(K * K));
    transitions_most = exponentials(c.transitions, K * K, dense.data());
    start_most = exponentials(c.start, K, start.data());
    end_most = exponentials(c.end, K, end.data());
    for (long i = 0; i < K; i++)
      for (long j = 0; j < K; j++)
        transitions[i * row + j] = turned[j * row + i] = dense[i * K + j];
  }
};

// What sums were divided by, e^top 2^exponent. Scores are float32, so that tops add up with hardly
// any rounding.
struct Scale {
  double top = 0;
  long exponent = 0;
  double log() const { return top + exponent * LOG_2; }
};

// Of sequence b: for each step the sums over all ways to each label, its score included, and after
// `run_back` over all ways on from it, both brought to between 1 and 2, and what these were
// divided by.
class DoublePass {
 public:
  bool exact = true;  // else nothing else here counts
  double log_z = 0;

  // `kept`: where the sums are to be written to, (T, row), or null; with `spans` they are held
  // here, for `run_back`.
  DoublePass(const Crf& c, const DoubleTables& tables, long b, float* saved, bool spans = false)
      : c_(c),
        tables_(tables),
        b_(b),
        steps_(c.lengths[b]),
        row_(tables.row),
        held_(spans ? steps_ : 2),
        alpha_(held_ * row_),
        weights_(row_),
        alpha_scale_(held_) {
    run(saved);
    double total = 0;
    for (long j = 0; exact && j < row_; j++) total += alpha(steps_ - 1)[j] * tables.end[j];
    exact = exact && total >= LEAST_PART;
    log_z = alpha_scale_[(steps_ - 1) % held_].log() + std::log(total) + tables.end_most;
    exact = exact && std::isfinite(log_z);  // else a score is infinite or no number
  }

  void run_back() {
    beta_.resize(alpha_.size());
    beta_scale_.resize(steps_);
    std::vector<double> after(row_);
    Scale scale = {tables_.end_most};
    for (long t = steps_ - 1; t >= 0 && exact; t--) {
      double* now = beta(t);
      if (t + 1 == steps_) {
        std::copy_n(tables_.end.data(), row_, now);
      } else {
        scale.top += weigh(t + 1) + tables_.transitions_most;
        for (long j = 0; j < row_; j += D)
          store(&after[j], load(beta(t + 1) + j) * load(&weights_[j]));
        times(after.data(), 1, c_.labels, tables_.turned.data(), row_, now);
      }
      scale.exponent += bring_to_1(now);
      beta_scale_[t] = scale;
      Doubles both = {};  // of the ways that both passes see
      for (long j = 0; j < row_; j += D) both += load(alpha(t) + j) * load(now + j);
      exact = exact && sum(both) >= LEAST_PART;
    }
  }

  // Of the labels of steps [first, stop) being these; minus infinity too where it is too small for
  // double.
  double log_probability_of(long first, long stop, const int64_t* labels) const {
    const long last = stop - 1 - first;
    double total = std::log(alpha(first)[labels[0]]) + alpha_scale_[first].log();
    total += std::log(beta(stop - 1)[labels[last]]) + beta_scale_[stop - 1].log();
    for (long i = 1; i <= last; i++)
      total += double(scores_of(c_, b_, first + i)[labels[i]]) +
               c_.transitions[labels[i - 1] * c_.labels + labels[i]];
    return total - log_z;
  }

 private:
  const Crf& c_;
  const DoubleTables& tables_;
  long b_, steps_, row_;
  long held_;  // steps whose sums are held; the others give way to later ones
  std::vector<double> alpha_, beta_, weights_;
  std::vector<Scale> alpha_scale_, beta_scale_;

  double* alpha(long t) { return alpha_.data() + t % held_ * row_; }
  double* beta(long t) { return beta_.data() + t * row_; }
  const double* alpha(long t) const { return alpha_.data() + t % held_ * row_; }
  const double* beta(long t) const { return beta_.data() + t * row_; }

  double weigh(long t) { return exponentials(scores_of(c_, b_, t), c_.labels, weights_.data()); }

  // To a sum of 1 to 2 by a power of two, which rounds nothing and is soon found; gives the
  // exponent of what it was.
  long bring_to_1(double* x) {
    Doubles total = {};
    for (long j = 0; j < row_; j += D) total += load(x + j);
    const double whole = sum(total);
    exact = exact && whole >= LEAST_PART && whole < 1e300;
    if (!exact) return 0;  // infinity has no inverse
    int64_t bits;
    std::memcpy(&bits, &whole, sizeof bits);
    const int64_t exponent = (bits >> 52) - 1023, inverse = (1023 - exponent) << 52;
    double factor;
    std::memcpy(&factor, &inverse, sizeof factor);
    for (long j = 0; j < row_; j += D) store(x + j, load(x + j) * factor);
    return exponent;
  }

  void run(float* saved) {
    Scale scale = {tables_.start_most};
    for (long t = 0; t < steps_ && exact; t++) {
      double* now = alpha(t);
      scale.top += weigh(t);
      if (t) {
        scale.top += tables_.transitions_most;
        times(alpha(t - 1), 1, c_.labels, tables_.transitions.data(), row_, now);
      } else {
        std::copy_n(tables_.start.data(), row_, now);
      }
      for (long j = 0; j < row_; j += D) store(now + j, load(now + j) * load(&weights_[j]));
      scale.exponent += bring_to_1(now);
      alpha_scale_[t % held_] = scale;
      for (long j = 0; saved && j < row_; j += D)
        store_as_floats(saved + t * row_ + j, load(now + j));
    }
  }
};

// log Z of sequence b.
inline double exact_log_z(const Crf& c, const DoubleTables& tables, long b) {
  const DoublePass pass(c, tables, b, nullptr);
  return pass.exact ? pass.log_z : Logarithms(c, b).log_z;
}

// The log-probabilities of the spans of sequence b.
inline void spans_of(const Crf& c, const DoubleTables& tables, long b, const Spans& spans,
                     double* log_probs) {
  const long first = spans.of_sequence[b], last = spans.of_sequence[b + 1];
  if (first == last) return;
  DoublePass pass(c, tables, b, nullptr, true);
  if (pass.exact) pass.run_back();
  bool exact = pass.exact;
  for (long n = first; exact && n < last; n++) {
    log_probs[n] =
        pass.log_probability_of(spans.first[n], spans.stop[n], spans.labels + spans.label[n]);
    exact = std::isfinite(log_probs[n]);
  }
  if (exact) return;
  Logarithms sums(c, b);
  sums.run_back();
  for (long n = first; n < last; n++)
    log_probs[n] =
        sums.log_probability_of(spans.first[n], spans.stop[n], spans.labels + spans.label[n]);
}

}  // namespace recurra::RECURRA_ISA
