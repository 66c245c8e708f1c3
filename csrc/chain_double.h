// The sums of a linear-chain CRF in double, for what must keep its digits at any length: log Z, and spans.
//
// As in chain.h sums are of probabilities, brought to sum 1 at each step. Where scores lie so far apart that even double
// would lose what counts, they are of logarithms (logarithms.h).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels.h"
#include "logarithms.h"

namespace recurra::RECURRA_ISA {

constexpr double LEAST_PART = 1e-200;  // of a step's sums: what was lost below 1e-308 is then 1e-108 of it

// Exponentials of a chain's tables, made once for all sequences; each from its largest number down.
struct DoubleTables {
  std::vector<double> transitions, turned, start, end;  // [from][to], [to][from]
  double transitions_most, start_most, end_most;

  explicit DoubleTables(const Chain& c) {
    const long K = c.labels;
    transitions_most = exponentials(c.transitions, K * K, transitions);
    start_most = exponentials(c.start, K, start);
    end_most = exponentials(c.end, K, end);
    turned.resize(K * K);
    for (long i = 0; i < K; i++)
      for (long j = 0; j < K; j++) turned[j * K + i] = transitions[i * K + j];
  }

  // Gives the largest, or 0 where all are minus infinity.
  static double exponentials(const float* from, long count, std::vector<double>& to) {
    float most = *std::max_element(from, from + count);
    if (std::isinf(most) && most < 0) most = 0;
    to.resize(count);
    for (long i = 0; i < count; i++) to[i] = std::exp(double(from[i]) - most);
    return most;
  }
};

// Of sequence b: for each step the sums (K) over all ways to each label, its score included, and after `run_back` over all
// ways on from it, both of sum 1, and the logarithms of what these were divided by.
class DoublePass {
 public:
  bool exact = true;  // else nothing else here counts
  double log_z = 0;

  DoublePass(const Chain& c, const DoubleTables& tables, long b)
      : c_(c), b_(b), steps_(c.lengths[b]), labels_(c.labels), weights_(steps_ * labels_), alpha_(weights_.size()),
        alpha_log_(steps_), top_(steps_) {
    for (long t = 0; t < steps_; t++) top_[t] = weigh(t);
    run(tables);
    double total = 0;
    for (long j = 0; exact && j < labels_; j++) total += alpha(steps_ - 1)[j] * tables.end[j];
    exact = exact && total >= LEAST_PART;
    log_z = alpha_log_[steps_ - 1] + std::log(total) + tables.end_most;
  }

  void run_back(const DoubleTables& tables) {
    beta_.resize(weights_.size());
    beta_log_.resize(steps_);
    std::vector<double> after(labels_);
    for (long t = steps_ - 1; t >= 0 && exact; t--) {
      double* now = beta(t);
      double before = tables.end_most;
      if (t + 1 == steps_) {
        std::copy_n(tables.end.data(), labels_, now);
      } else {
        for (long j = 0; j < labels_; j++) after[j] = beta(t + 1)[j] * weights_[(t + 1) * labels_ + j];
        multiply(after.data(), tables.turned, now);
        before = beta_log_[t + 1] + tables.transitions_most + top_[t + 1];
      }
      beta_log_[t] = before + scale(now);
      double kept = 0;  // of the ways that both passes see
      for (long j = 0; j < labels_; j++) kept += alpha(t)[j] * now[j];
      exact = exact && kept >= LEAST_PART;
    }
  }

  // Of the labels of steps [first, stop) being these; minus infinity too where it is too small for double.
  double log_probability_of(long first, long stop, const int64_t* labels) const {
    const long last = stop - 1 - first;
    double total = std::log(alpha(first)[labels[0]]) + alpha_log_[first] + std::log(beta(stop - 1)[labels[last]]) + beta_log_[stop - 1];
    for (long i = 1; i <= last; i++)
      total += double(scores_of(c_, b_, first + i)[labels[i]]) + c_.transitions[labels[i - 1] * labels_ + labels[i]];
    return total - log_z;
  }

 private:
  const Chain& c_;
  long b_, steps_, labels_;
  std::vector<double> weights_, alpha_, beta_, alpha_log_, beta_log_, top_;

  double* alpha(long t) { return alpha_.data() + t * labels_; }
  double* beta(long t) { return beta_.data() + t * labels_; }
  const double* alpha(long t) const { return alpha_.data() + t * labels_; }
  const double* beta(long t) const { return beta_.data() + t * labels_; }

  // The exponentials of a step's scores, from the largest down, which is given back.
  double weigh(long t) {
    const float* scores = scores_of(c_, b_, t);
    float top = *std::max_element(scores, scores + labels_);
    if (std::isinf(top) && top < 0) top = 0;
    for (long j = 0; j < labels_; j++) weights_[t * labels_ + j] = std::exp(double(scores[j]) - top);
    return top;
  }

  // To sum 1; gives the logarithm of what it was.
  double scale(double* x) {
    double sum = 0;
    for (long j = 0; j < labels_; j++) sum += x[j];
    exact = exact && sum >= LEAST_PART && sum < 1e300;
    for (long j = 0; j < labels_; j++) x[j] /= sum;
    return std::log(sum);
  }

  // to = from times a matrix.
  void multiply(const double* from, const std::vector<double>& matrix, double* to) const {
    std::fill_n(to, labels_, 0.0);
    for (long i = 0; i < labels_; i++)
      for (long j = 0; j < labels_; j++) to[j] += from[i] * matrix[i * labels_ + j];
  }

  void run(const DoubleTables& tables) {
    for (long t = 0; t < steps_ && exact; t++) {
      double* now = alpha(t);
      t ? multiply(alpha(t - 1), tables.transitions, now) : void(std::copy_n(tables.start.data(), labels_, now));
      for (long j = 0; j < labels_; j++) now[j] *= weights_[t * labels_ + j];
      const double before = t ? alpha_log_[t - 1] + tables.transitions_most : tables.start_most;
      alpha_log_[t] = before + top_[t] + scale(now);
    }
  }
};

// log Z of sequence b.
inline double exact_log_z(const Chain& c, const DoubleTables& tables, long b) {
  const DoublePass pass(c, tables, b);
  return pass.exact ? pass.log_z : Logarithms(c, b).log_z;
}

// The log-probabilities of the spans of sequence b.
inline void spans_of(const Chain& c, const DoubleTables& tables, long b, const Spans& spans, double* log_probs) {
  const long first = spans.of_sequence[b], last = spans.of_sequence[b + 1];
  if (first == last) return;
  DoublePass pass(c, tables, b);
  if (pass.exact) pass.run_back(tables);
  bool exact = pass.exact;
  for (long n = first; exact && n < last; n++) {
    log_probs[n] = pass.log_probability_of(spans.first[n], spans.stop[n], spans.labels + spans.label[n]);
    exact = std::isfinite(log_probs[n]);
  }
  if (exact) return;
  Logarithms sums(c, b);
  sums.run_back();
  for (long n = first; n < last; n++)
    log_probs[n] = sums.log_probability_of(spans.first[n], spans.stop[n], spans.labels + spans.label[n]);
}

}  // namespace recurra::RECURRA_ISA
