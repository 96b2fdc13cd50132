import { ENGINES } from './engines.js'
import { floor } from './floor.js'
import { BATCH, ours } from './ours.js'
import { peer } from './peer.js'

const IMPLEMENTATIONS = { floor, tokenloop: ours, 'better-auth': peer }

/** As it comes out of a header: in one piece. */
const received = (text) => Buffer.from(text, 'latin1').toString('latin1')

/** How long a subject is warmed up, in milliseconds: connections are made, statements are prepared, and what is hot is compiled. */
const WARM = 1500
const COUNTED = 20

async function warmUp({ begin, most = COUNTED }) {
  const start = performance.now()
  while (performance.now() - start < WARM) {
    const call = await begin()
    for (let i = 0; i < most; i++) await call(i)
  }
}

/** How many statements a call takes. */
async function statementsOf({ counting }, { begin, most = COUNTED }) {
  const call = await begin()
  const counted = counting()
  for (let i = 0; i < most; i++) await call(i)
  return counted() / most
}

/** What is measured of an implementation. */
const OPERATIONS = {
  verify(implementation, texts) {
    const shown = texts.map(received)
    return {
      begin: () => async (i) => {
        if (!(await implementation.verify(shown[i % shown.length]))) throw new Error('a token was refused')
      },
    }
  },
  issue: (implementation) => ({ begin: () => (i) => implementation.issue(`token ${i}`), most: 100 }),
  sweep(implementation, _, engine, link) {
    let round = 0
    return {
      begin: async () => {
        await implementation.due(engine, link, round++)
        return async () => {
          if ((await implementation.sweep()) !== BATCH) throw new Error('not all that was due was swept')
        }
      },
      most: 1,
    }
  },
}

export default async (engineName, place, operation, who, texts) => {
  const engine = ENGINES[engineName]
  const link = await engine.open(place)
  const implementation = await IMPLEMENTATIONS[who](engine, link)
  const subject = OPERATIONS[operation](implementation, texts, engine, link)
  await warmUp(subject)
  return { ...subject, facts: { statements: await statementsOf(link, subject) } }
}
