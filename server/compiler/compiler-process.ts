import { compileUpload } from './compile-upload';
import { type CompileJob, FrameReader, frameOf, type Told } from './protocol';

/**
 * The child process that compiles what was uploaded: one job after another from its standard input, what it says to its standard output. It ends
 * with its parent, and whenever its parent or the engine's own limits end it.
 */
function serve(): void {
  const tell = (told: Told): void => void process.stdout.write(frameOf(told));
  const jobs = new FrameReader<CompileJob>((job) => {
    try {
      tell({ outcome: compileUpload(job, (reading) => tell({ reading })) });
    } catch (error) {
      tell({ failure: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown' });
    }
  });
  process.stdin.on('data', (chunk: Buffer) => jobs.push(chunk));
  process.stdin.on('end', () => process.exit(0));
}

serve();
