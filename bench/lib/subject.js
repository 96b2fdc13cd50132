/*
 * The process of one subject. It is told which module to load, whose default export makes ready what is measured; and then, over
 * and over, how many calls to make. It answers what they took, in microseconds.
 */

/** @type {{ begin: () => Promise<(i: number) => unknown>, most?: number }} */
let subject

process.on('message', async ({ module, args, calls }) => {
  if (module !== undefined) {
    subject = await (await import(module)).default(...args)
    process.send?.({ most: subject.most ?? 10_000_000 })
    return
  }
  const call = await subject.begin()
  const start = process.cpuUsage()
  for (let i = 0; i < calls; i++) await call(i)
  const { user, system } = process.cpuUsage(start)
  process.send?.(user + system)
})
process.on('disconnect', () => process.exit())
