import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { median } from '../lib/rounds.js'
import { Client } from './client.js'

/*
 * Every server lives in a process of its own, and is called from this one over HTTP by a few clients at once, on
 * connections that stay. What counts is the processor's time of the server's process, of all its threads. The servers take turns, round
 * after round.
 */

const SERVER = fileURLToPath(new URL('./server.js', import.meta.url))
/** How much of the processor's time one server has in a round, in microseconds. */
const SLICE = Number(process.env.SLICE ?? 100_000)
const ROUNDS = Number(process.env.ROUNDS ?? 15)
const CLIENTS = 8
/** In microseconds of the processor's time. */
const MOST_WARM_UP = 15_000_000
/** Flows before the first that counts: as many as it takes until everything is compiled. */
const WARM_UP = Number(process.env.WARM_UP ?? 8000)

const EVERYBODY = ['floor', 'tokenloop', 'oidc-provider', '@node-oauth/oauth2-server', 'better-auth']
const ALL = EVERYBODY.filter((name) => (process.env.SERVERS ?? name).split(',').includes(name))
const signing = (...names) => ALL.filter((name) => names.includes(name))

/** Every flow that is measured, with those who do it; the first is the floor. */
export const OPERATIONS = {
  'code + PKCE, opaque': { flow: 'code', format: 'opaque', names: ALL },
  'code + PKCE, ES256': {
    flow: 'code',
    format: 'jwt',
    names: signing('floor', 'tokenloop', 'oidc-provider', 'better-auth'),
  },
  'refresh, opaque': { flow: 'refresh', format: 'opaque', names: ALL },
  'client credentials, opaque': { flow: 'machine', format: 'opaque', names: ALL },
  'client credentials, ES256': {
    flow: 'machine',
    format: 'jwt',
    names: signing('floor', 'tokenloop', 'oidc-provider'),
  },
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
  const clients = Array.from({ length: CLIENTS }, () => new Client(facts))
  const runs = await Promise.all(clients.map((client) => client.flow(flow)))
  const cpuOf = async (calls) => {
    const before = await ask('cpu')
    const each = async (run) => {
      for (let i = 0; i < calls; i += CLIENTS) await run()
    }
    await Promise.all(runs.map(each))
    return (await ask('cpu')) - before
  }
  // What is slow is compiled sooner than so many flows are over.
  for (let i = 0, spent = 0; i < WARM_UP && spent < MOST_WARM_UP; i += 200) spent += await cpuOf(200)
  const samples = []
  const calls = CLIENTS * Math.max(1, Math.ceil((SLICE * 200) / (await cpuOf(200)) / CLIENTS))
  return {
    name,
    samples,
    measure: async () => {
      samples.push((await cpuOf(calls)) / calls)
    },
    end: () => {
      for (const client of clients) client.close()
      child.disconnect()
    },
  }
}
