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

export const hasPath = (address: string): boolean => new URL(address).pathname !== '/'
