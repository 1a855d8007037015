// The library brings no types.
declare module 'ngraph.pagerank' {
  import type { Graph } from 'ngraph.graph';

  /** PageRank by peer id; rounds end when one changes less than `epsilon` in all. */
  export default function pagerank(graph: Graph, goesOn?: number, epsilon?: number): Record<string, number>;
}
