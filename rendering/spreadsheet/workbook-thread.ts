import { serveWriter } from '../thread/serve-writer';
import { writeWorkbook } from './xlsx';

serveWriter(writeWorkbook);
