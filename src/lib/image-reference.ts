// Image names as registries read them: `[registry/]repository[:tag]`, in the grammar that Docker has for them.

/** The registry of a name that names none, and what else it is called. */
const HUB = 'docker.io';
const HUB_HOSTS = [HUB, 'index.docker.io', 'registry-1.docker.io'];
/** Where that registry answers. */
const HUB_API = 'registry-1.docker.io';

const REGISTRY = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Where an image is. */
export interface ImageReference {
  /** Its host, with a port if the name has one: as offers name registries. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** What a name without a digest stands for; undefined of a name that no registry would take. */
export function parseReference(name: string): ImageReference | undefined {
  const slash = name.indexOf('/');
  const isNamed = namesRegistry(name);
  const host = isNamed ? name.slice(0, slash).toLowerCase() : HUB;
  const registry = HUB_HOSTS.includes(host) ? HUB : host;
  const [path = '', tag = 'latest', ...others] = (isNamed ? name.slice(slash + 1) : name).split(':');
  const repository = registry === HUB && !path.includes('/') ? `library/${path}` : path;
  const isWell = REGISTRY.test(registry) && TAG.test(tag) && others.length === 0;
  return isWell && repository.split('/').every((each) => COMPONENT.test(each))
    ? { registry, repository, tag }
    : undefined;
}

/** Whether a name begins with the host of a registry. */
export function namesRegistry(name: string): boolean {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  return first.includes('.') || first.includes(':') || first === 'localhost';
}

/** The host that a registry's interface has. */
export function apiHostOf(registry: string): string {
  return registry === HUB ? HUB_API : registry;
}
