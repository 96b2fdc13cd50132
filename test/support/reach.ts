import { connect } from 'node:net'

/** Where the servers are that the tests use. */
export const SERVERS = {
  PostgreSQL: { variable: 'TEST_POSTGRES_URL', url: 'postgres://postgres@127.0.0.1:5432/test', port: 5432 },
  MariaDB: { variable: 'TEST_MYSQL_URL', url: 'mysql://root@127.0.0.1:3306/test', port: 3306 },
  Redis: { variable: 'TEST_REDIS_URL', url: 'redis://127.0.0.1:6379', port: 6379 },
} as const

export type Server = keyof typeof SERVERS
export const serverNames = Object.keys(SERVERS) as readonly Server[]

/** Those on which the library has a store of its own. */
export type SqlServer = Exclude<Server, 'Redis'>
export const sqlServerNames: readonly SqlServer[] = ['PostgreSQL', 'MariaDB']

/** The address of a server: that of the environment, or the usual one. */
export const urlOf = (server: Server): string => process.env[SERVERS[server].variable] || SERVERS[server].url

/** The host and port of a server. */
export function addressOf(server: Server): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(urlOf(server))
  return { host: hostname, port: port === '' ? SERVERS[server].port : Number(port) }
}

/** How long a server may take to accept a connection, in milliseconds. */
const PATIENCE = 3000

/** Whether somebody accepts connections there. */
export function isReached(server: Server): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...addressOf(server), timeout: PATIENCE })
    const answer = (reached: boolean) => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', () => answer(true))
    socket.once('timeout', () => answer(false))
    socket.once('error', () => answer(false))
  })
}
