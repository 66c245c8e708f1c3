// What a beam search has held, as branches: symbols that follow on one another alone are one branch.

/**
 * The branches that begin the tree; those of the best translations, and of the others the likeliest.
 * nodes: "beam" of `describe`. translations: the best ones. forced: symbols of the prefix. most: leaves of others.
 * A branch has its text; path, the symbols up to its end; share, its probability after what stands before it;
 * logProbability of all up to there; isEnd, whether it ends; rank, which of the best ends with it, or -1; isKept,
 * whether one of the best has it; isForced; and the branches that follow it.
 * Gives them, and how many leaves are left out.
 */
export function branchesOf(nodes, translations, forced, most) {
  const children = nodes.map(() => []);
  const roots = [];
  nodes.forEach(({ parent }, i) => (parent === null ? roots : children[parent]).push(i));
  const rank = ranksOf(nodes, translations, roots, children);
  const leaves = nodes.map((_, i) => i).filter((i) => !children[i].length);
  const others = leaves.filter((i) => rank[i] === undefined).sort((a, b) => logProbabilityOf(nodes, b) - logProbabilityOf(nodes, a));
  const shown = new Set();
  const show = (i) => {
    for (let at = i; at !== null && !shown.has(at); at = nodes[at].parent) shown.add(at);
  };
  leaves.filter((i) => rank[i] !== undefined).forEach(show);
  const kept = new Set(shown);
  others.slice(0, most).forEach(show);
  const tree = { nodes, children, rank, shown, kept, forced };
  return { branches: branchesFrom(tree, roots, [], 0), left: Math.max(0, others.length - most) };
}

function logProbabilityOf(nodes, i) {
  return nodes[i].log_probability;
}

/** By node, which translation ends with it. */
function ranksOf(nodes, translations, roots, children) {
  const rank = {};
  translations.forEach(({ tokens }, number) => {
    let [at, among] = [null, roots];
    for (const { symbol } of tokens) {
      at = among.find((i) => nodes[i].symbol === symbol);
      if (at === undefined) return;
      among = children[at];
    }
    if (at !== null) rank[at] = number;
  });
  return rank;
}

/** The branches that some nodes begin; path: the symbols before; from: the log-probability of these. */
function branchesFrom(tree, starts, path, from) {
  const { nodes, children, rank, shown, kept, forced } = tree;
  const branches = starts.filter((i) => shown.has(i)).map((start) => {
    const own = [start];
    const next = (i) => children[i].filter((child) => shown.has(child));
    while (next(own.at(-1)).length === 1 && path.length + own.length !== forced) own.push(...next(own.at(-1)));
    const last = own.at(-1);
    const isEnd = nodes[last].ended;
    const symbols = [...path, ...own.filter((i) => !nodes[i].ended).map((i) => nodes[i].symbol)];
    return {
      id: start,
      text: own.map((i) => nodes[i].text).join(""),
      path: symbols,
      share: Math.exp(logProbabilityOf(nodes, last) - from),
      logProbability: logProbabilityOf(nodes, last),
      isEnd,
      rank: rank[last] ?? -1,
      isKept: kept.has(last),
      isForced: path.length + own.length <= forced,
      following: branchesFrom(tree, children[last], symbols, logProbabilityOf(nodes, last)),
    };
  });
  return branches.sort((a, b) => best(b) - best(a));
}

/** The likeliest of what a branch leads to, what is among the best first. */
function best(branch) {
  const own = branch.following.length ? -Infinity : branch.logProbability + (branch.rank >= 0 ? 1e6 - branch.rank * 1e3 : 0);
  return Math.max(own, ...branch.following.map(best));
}
