import { Refusal } from '../refusal.js'
import { isResourceId, type Resource } from '../resources.js'

/** As many may be named in one request. */
const MOST = 20

/**
 * The resources that a request names (RFC 8707 section 2), all of them or none; the default where it names none. `allowed` are those
 * of the authorization, in a token request. Throws a `Refusal`.
 */
export function resourcesIn(
  named: readonly string[],
  known: ReadonlyMap<string, Resource>,
  allowed: readonly string[] = [...known.keys()],
): readonly Resource[] {
  if (named.length > MOST || !named.every(isResourceId)) throw new Refusal('resource_malformed')
  const ids = named.length === 0 ? allowed.slice(0, 1) : [...new Set(named)]
  return ids.map((id) => {
    const resource = known.get(id)
    if (resource === undefined || !allowed.includes(id)) throw new Refusal('resource_unknown')
    return resource
  })
}

/** The one resource that an access token is for: one that is named, or the first that is allowed. Throws a `Refusal`. */
export function resourceIn(
  named: readonly string[],
  known: ReadonlyMap<string, Resource>,
  allowed?: readonly string[],
): Resource {
  const [resource, ...more] = resourcesIn(named, known, allowed)
  if (resource === undefined) throw new Refusal('resource_unknown')
  if (more.length > 0) throw new Refusal('resource_several')
  return resource
}
