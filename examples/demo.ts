import { startCauseloop } from './demo/child.js'
import { type Outcome, Player } from './demo/play.js'
import { printOutcome, printTitle } from './demo/print.js'
import { STORY } from './demo/story.js'

/** Acts as two users and a CI job against Causeloop, and ends with 1 if anything differs from what the story says. */
const { origin, end } = await startCauseloop()
console.log(`Causeloop runs on ${origin}, on a store in memory.`)
const outcomes: Outcome[] = []
let code: number | null
try {
  const player = new Player(origin)
  for (const { title, steps } of STORY) {
    printTitle(title)
    for (const step of steps) {
      const together = await Promise.all([step].flat().map((one) => player.play(one)))
      together.forEach(printOutcome)
      outcomes.push(...together)
    }
  }
} finally {
  code = await end()
}

const different = outcomes.filter(({ differs }) => differs.length > 0)
printTitle(`${outcomes.length - different.length} of ${outcomes.length} answers are as they should be`)
for (const { step } of different) console.log(`  ✗ ${step.who}: ${step.ask}`)
console.log(code === 0 ? 'Causeloop ended cleanly when it was told to.' : `Causeloop ended with ${code}.`)
process.exitCode = different.length === 0 && code === 0 ? 0 : 1
