import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const AREAS = fileURLToPath(new URL('../../../demo/nieuwegein.csv', import.meta.url));

/** The relay as it is delivered: the release binary, with a demo neighbourhood in a folder of its own. */
export class Relay {
  private process: ChildProcess | undefined;
  /** The secrets of the sign-in links, by first name. */
  readonly secrets = new Map<string, string>();

  private constructor(
    readonly port: number,
    private readonly data: string,
    /** Where a browser finds a town in earnest; the demo is found anywhere. */
    private readonly address?: string,
    /** What its operator wants besides. */
    private readonly wishes: readonly string[] = [],
    private readonly metricsPort?: number,
  ) {}

  static async opens(): Promise<Relay> {
    const relay = new Relay(await freePort(), await mkdtemp(join(tmpdir(), 'kruispunt-e2e-')));
    await relay.starts();
    return relay;
  }

  /** One that counts what it does, and pushes by this service; with further options of `serve`. */
  static async opensFor(service: { host: string }, ...more: string[]): Promise<Relay> {
    const metrics = await freePort();
    const contact = ['--push-contact', 'mailto:iemand@kruispunt.test'];
    const wishes = ['--push-host', service.host, ...contact, '--metrics', `127.0.0.1:${metrics}`, ...more];
    const data = await mkdtemp(join(tmpdir(), 'kruispunt-e2e-'));
    const relay = new Relay(await freePort(), data, undefined, wishes, metrics);
    await relay.starts();
    return relay;
  }

  /** What it counted of this since it started, over all labels that hold these. */
  async counted(name: string, labels = ''): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`);
    const lines = (await answer.text()).split('\n');
    const wanted = lines.filter((line) => /^[^{ ]+/.exec(line)?.[0] === `kruispunt_${name}` && line.includes(labels));
    return wanted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** A town in earnest: with areas, with nobody in it but a steward to come, and found at one port only. */
  static async opensTown(): Promise<{ relay: Relay; line: number; link: string }> {
    const line = await freePort();
    const address = `http://localhost:${line}`;
    const relay = new Relay(await freePort(), await mkdtemp(join(tmpdir(), 'kruispunt-e2e-')), address);
    await promisify(execFile)(relay.binary, ['import-areas', AREAS, '--data', relay.data]);
    const first = await relay.starts();
    const link = /#\/start\/\S+/.exec(first)?.[0];
    if (!link) throw new Error('the first start printed no link for a steward');
    return { relay, line, link };
  }

  /** A town that lives in this folder already; found at one port only. */
  static async opensSettled(data: string): Promise<{ relay: Relay; line: number }> {
    const line = await freePort();
    const relay = new Relay(await freePort(), data, `http://localhost:${line}`);
    await relay.starts();
    return { relay, line };
  }

  /** Where a browser finds it without a line that can be cut. */
  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  private get binary(): string {
    const binary = process.env.KRUISPUNT_SERVER;
    if (!binary) throw new Error('KRUISPUNT_SERVER must name the built relay');
    return binary;
  }

  /** Starts on the same port and the same data; resolves once it serves. */
  async starts(): Promise<string> {
    const listen = `127.0.0.1:${this.port}`;
    // All phones of a test come from one address.
    const visits = ['--visits-burst', '100000', '--visits-per-second', '1000'];
    const what = this.address === undefined ? ['--demo'] : ['--public-url', this.address];
    const where = ['--listen', listen, '--data', this.data];
    const child = spawn(this.binary, ['serve', ...what, ...where, ...visits, ...this.wishes], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, KRUISPUNT_LOG: process.env.KRUISPUNT_LOG ?? 'warn' },
    });
    this.process = child;
    const lines = createInterface({ input: child.stdout });
    let last = '';
    for await (const line of lines) {
      last = line;
      if (this.address !== undefined && line.includes('#/start/')) break;
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
    return last;
  }

  /** kill -9: whatever is not on the disk now is gone. */
  async isKilled(): Promise<void> {
    await this.ends('SIGKILL');
  }

  /** An operator begins every street anew without what is closed, while everybody works. */
  async rotates(): Promise<void> {
    const everything = ['--older-than', '0d', '--keep-closed', '0d'];
    await promisify(execFile)(this.binary, ['rotate', ...everything, '--data', this.data]);
  }

  /** An operator adds a key, which is the one to use from then on, while everybody works. */
  async getsNewKey(): Promise<void> {
    await promisify(execFile)(this.binary, ['keys', 'rotate', '--data', this.data]);
  }

  /** It ends, and what it holds stays. */
  async stops(): Promise<void> {
    await this.ends('SIGTERM');
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

/** A port of this machine that nobody listens at now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
