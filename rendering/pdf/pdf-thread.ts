import { serveWriter } from '../thread/serve-writer';
import { writePdf } from './write-pdf';

serveWriter(writePdf);
