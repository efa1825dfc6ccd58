import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** The relay as it is delivered: the release binary, with a demo neighbourhood in a folder of its own. */
export class Relay {
  private process: ChildProcess | undefined;
  /** The secrets of the sign-in links, by first name. */
  readonly secrets = new Map<string, string>();

  private constructor(
    readonly port: number,
    private readonly data: string,
  ) {}

  static async opens(): Promise<Relay> {
    const relay = new Relay(await freePort(), await mkdtemp(join(tmpdir(), 'kruispunt-e2e-')));
    await relay.starts();
    return relay;
  }

  /** Starts on the same port and the same data; resolves once it serves. */
  async starts(): Promise<void> {
    const binary = process.env.KRUISPUNT_SERVER;
    if (!binary) throw new Error('KRUISPUNT_SERVER must name the built relay');
    const listen = `127.0.0.1:${this.port}`;
    // All phones of a test come from one address.
    const visits = ['--visits-burst', '100000', '--visits-per-second', '1000'];
    const where = ['--listen', listen, '--data', this.data];
    const child = spawn(binary, ['serve', '--demo', ...where, ...visits], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, KRUISPUNT_LOG: process.env.KRUISPUNT_LOG ?? 'warn' },
    });
    this.process = child;
    const lines = createInterface({ input: child.stdout });
    for await (const line of lines) {
      const link = /^\s*(\w+)\s+(\S+)\s+\S+#\/start\/(\S+)$/.exec(line);
      if (link?.[2] && link[3]) this.secrets.set(link[2], link[3]);
      // The last of them.
      if (link?.[1] === 'file_manager') break;
    }
    // Whatever it says later is read, so that it never waits for a reader.
    child.stdout.resume();
    if (child.exitCode !== null) throw new Error(`the relay stopped with ${child.exitCode}`);
    const healthy = await fetch(`http://${listen}/healthz`);
    if (!healthy.ok) throw new Error(`the relay answers ${healthy.status}`);
  }

  /** kill -9: whatever is not on the disk now is gone. */
  async isKilled(): Promise<void> {
    await this.ends('SIGKILL');
  }

  /** An operator begins every street anew without what is closed, while everybody works. */
  async rotates(): Promise<void> {
    const binary = process.env.KRUISPUNT_SERVER ?? '';
    const everything = ['--older-than', '0d', '--keep-closed', '0d'];
    await promisify(execFile)(binary, ['rotate', ...everything, '--data', this.data]);
  }

  async closes(): Promise<void> {
    await this.ends('SIGTERM');
    await rm(this.data, { recursive: true, force: true });
  }

  secret(name: string): string {
    const secret = this.secrets.get(name);
    if (!secret) throw new Error(`the demo printed no link for ${name}`);
    return secret;
  }

  private async ends(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
