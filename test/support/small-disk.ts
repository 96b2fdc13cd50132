import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A disk of so many megabytes, in memory. Only Linux has such, and only its administrator may make one. */
export async function mountDisk(megabytes: number) {
  const at = await mkdtemp(join(tmpdir(), 'tokenloop-disk-'))
  const remove = () => rm(at, { recursive: true, force: true })
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', at])
  } catch (error) {
    await remove()
    throw error
  }
  return {
    at,
    async unmount() {
      await run('umount', ['-l', at])
      await remove()
    },
  }
}

/** Whether this process may make disks. */
export const canMount = async (): Promise<boolean> => {
  try {
    await (await mountDisk(1)).unmount()
    return true
  } catch {
    return false
  }
}
