import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/*
 * Every subject lives in a process of its own: what one of them keeps, compiles or hooks into the runtime is none of the others'
 * cost. They take turns, round after round, so that whatever else the machine does falls on all of them.
 */

const SUBJECT = fileURLToPath(new URL('./subject.js', import.meta.url))
/** How long one subject has in a round, in microseconds. */
const SLICE = 40_000
const ROUNDS = 25

/**
 * Measures subjects and answers the median of each, in microseconds of processor time a call. It is the processor's time that
 * counts, of all threads: what a call takes of a server, and much the same on a busy machine as on an idle one.
 *
 * @param {readonly { name: string, module: string, args: readonly unknown[] }[]} subjects
 */
export async function measure(subjects, rounds = ROUNDS) {
  return Object.fromEntries((await measureBoth(subjects, rounds)).map(({ name, cpu }) => [name, cpu]))
}

/** As `measure`, with the time on the clock as well, which has what others did for the call; and the facts that a subject told. */
export async function measureBoth(subjects, rounds = ROUNDS) {
  const running = []
  for (const subject of subjects) running.push(await begin(subject))
  for (let round = 0; round < rounds; round++) for (const subject of running) await subject.measure()
  for (const { end } of running) end()
  return running.map(({ name, facts, samples }) => ({
    name,
    ...facts,
    cpu: median(samples.map(({ cpu }) => cpu)),
    wall: median(samples.map(({ wall }) => wall)),
  }))
}

async function begin({ name, module, args }) {
  const child = fork(SUBJECT, { execArgv: ['--max-old-space-size=12288'] })
  child.on('exit', (code) => {
    if (code) throw new Error(`${name} failed`)
  })
  const ask = async (message) => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return answer
  }
  const { most, facts, perCall } = await ask({ module, args })
  let calls = 1
  while (calls < most && (await ask({ calls })).cpu < SLICE) calls = Math.min(most, calls * 2)
  const samples = []
  return {
    name,
    facts,
    samples,
    measure: async () => {
      const { cpu, wall } = await ask({ calls })
      const done = calls * perCall
      samples.push({ cpu: cpu / done, wall: wall / done })
    },
    end: () => child.kill(),
  }
}

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
