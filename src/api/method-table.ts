// The methods that each path supports, for the Allow header of a 405.

interface Row {
  readonly pattern: RegExp;
  readonly method: string;
}

/** Collects routes as they are registered. */
export class MethodTable {
  readonly #rows: Row[] = [];

  add(methods: string | readonly string[], template: string): void {
    const pattern = patternOf(template);
    for (const method of [methods].flat()) this.#rows.push({ pattern, method });
  }

  /** Methods that the path of a URL takes; none when there is no such path. */
  allowed(url: string): string[] {
    const [path = '/'] = url.split('?');
    const methods = this.#rows.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}

/** Fastify's `/a/:b/*` as an expression. */
function patternOf(template: string): RegExp {
  const source = template
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[A-Za-z]+/g, '[^/]+')
    .replace(/\*/g, '.*');
  return new RegExp(`^${source}$`);
}
