/** Whether an address may be called: `https:`, or `http:` on this machine where that is allowed. */
export type Allow = (address: unknown) => address is string

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

export const allowing =
  (loopback: boolean): Allow =>
  (address): address is string => {
    if (typeof address !== 'string' || !URL.canParse(address)) return false
    const { protocol, hostname, username, password } = new URL(address)
    const isSafe = protocol === 'https:' || (loopback && protocol === 'http:' && LOOPBACK.test(hostname))
    return isSafe && username + password === ''
  }

/** A well-known path between host and path (RFC 8414 section 3.1, RFC 9728 section 3.1). */
export function inserted(address: string, name: string): string {
  const { origin, pathname, search } = new URL(address)
  return `${origin}/.well-known/${name}${pathname === '/' ? '' : pathname.replace(/\/$/, '')}${search}`
}

/** A well-known path after the path (OpenID Connect Discovery section 4). */
export function appended(address: string, name: string): string {
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname.replace(/\/$/, '')}/.well-known/${name}`
}

export const hasPath = (address: string): boolean => new URL(address).pathname !== '/'
