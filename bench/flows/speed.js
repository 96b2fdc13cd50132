import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/rounds.js'
import { Client } from './client.js'

/*
 * Every server lives in a process of its own, and is called from this one over HTTP, on one connection that stays. What counts is the
 * processor's time of the server's process, of all its threads. The servers take turns, round after round.
 */

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url))
/** How much of the processor's time one server has in a round, in microseconds. */
const SLICE = Number(process.env.SLICE ?? 100_000)
const ROUNDS = Number(process.env.ROUNDS ?? 15)
const WARM_UP = 200

const ALL = ['floor', 'tokenloop', 'oidc-provider', '@node-oauth/oauth2-server', 'better-auth']

/** Every flow that is measured, with those who do it; the first is the floor. */
export const OPERATIONS = {
  'code + PKCE, opaque': { flow: 'code', format: 'opaque', names: ALL },
  'code + PKCE, ES256': { flow: 'code', format: 'jwt', names: ALL.filter((name) => !name.startsWith('@')) },
  'refresh, opaque': { flow: 'refresh', format: 'opaque', names: ALL },
  'client credentials, opaque': { flow: 'machine', format: 'opaque', names: ALL },
  'client credentials, ES256': { flow: 'machine', format: 'jwt', names: ['floor', 'tokenloop', 'oidc-provider'] },
}

/** The median of each server, in microseconds of processor time a flow. */
export async function measureFlow(operation) {
  const { flow, format, names } = OPERATIONS[operation]
  const running = []
  for (const name of names) running.push(await begin(name, flow, format))
  for (let round = 0; round < ROUNDS; round++) for (const server of running) await server.measure()
  for (const { end } of running) end()
  return Object.fromEntries(running.map(({ name, samples }) => [name, median(samples)]))
}

async function begin(name, flow, format) {
  const child = fork(SERVER, [name, format], { execArgv: process.env.PROFILE === name ? ['--cpu-prof'] : [] })
  const ask = async (message) => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return answer
  }
  const [facts] = await once(child, 'message')
  const client = new Client(facts)
  const run = await client.flow(flow)
  const cpuOf = async (calls) => {
    const before = await ask('cpu')
    for (let i = 0; i < calls; i++) await run()
    return (await ask('cpu')) - before
  }
  await cpuOf(WARM_UP)
  const samples = []
  const calls = Math.max(1, Math.ceil((SLICE * 100) / (await cpuOf(100))))
  return {
    name,
    samples,
    measure: async () => {
      samples.push((await cpuOf(calls)) / calls)
    },
    end: () => {
      client.close()
      child.disconnect()
    },
  }
}
