// The packaged decoder (ZXing) with the face of the browser's BarcodeDetector. It is an older kind of script, which leaves
// its name in the window.

const SQUARE = "QR_CODE";
const BARS = ["CODE_128", "CODE_39"];
const WIDEST = 800; // more does not read better, and takes an old phone longer
const RUNS = 6; // of dark and light in a sign of Code 128

export async function packagedDetector(address) {
  await import(address);
  const { ZXing } = window;
  const { BarcodeFormat, BinaryBitmap, Code128Reader, DecodeHintType, HybridBinarizer, MultiFormatReader } = ZXing;
  Code128Reader.findStartPattern = (row) => startIn(row, ZXing);
  class Picture extends HybridBinarizer { // what is dark is told from its surroundings, for bars too
    getBlackRow(number, row) {
      return this.getBlackMatrix().getRow(number, row);
    }
  }
  const formats = [SQUARE, ...BARS].map((name) => BarcodeFormat[name]);
  const readers = [[], [[DecodeHintType.TRY_HARDER, true]]].map((more) => { // quick, thorough, quick, thorough
    const reader = new MultiFormatReader();
    reader.setHints(new Map([[DecodeHintType.POSSIBLE_FORMATS, formats], ...more]));
    return reader;
  });
  const canvas = document.createElement("canvas");
  let last = ""; // bars are believed when two pictures agree: their check is weak

  async function detect(video) {
    const scale = Math.min(1, WIDEST / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const seen = new BinaryBitmap(new Picture(new ZXing.HTMLCanvasElementLuminanceSource(canvas)));
    const reader = readers.shift();
    readers.push(reader);
    try {
      const found = reader.decodeWithState(seen);
      const rawValue = found.getText();
      const isSure = found.getBarcodeFormat() === BarcodeFormat[SQUARE] || rawValue === last;
      last = rawValue;
      return isSure ? [{ rawValue }] : [];
    } catch { // nothing that it can read
      return [];
    } finally {
      reader.reset();
    }
  }

  return { detect };
}

// Where bars begin in a row. The library's own way sees them only where nothing dark lies left of them.
function startIn(row, { Code128Reader, NotFoundException, OneDReader }) {
  const edges = [];
  for (let at = row.getNextSet(0); at < row.getSize();) {
    edges.push(at);
    at = edges.length % 2 ? row.getNextUnset(at) : row.getNextSet(at);
  }
  const { CODE_PATTERNS, CODE_START_A, CODE_START_C, MAX_AVG_VARIANCE, MAX_INDIVIDUAL_VARIANCE } = Code128Reader;
  for (let first = 0; first + RUNS < edges.length; first += 2) {
    const [begin, end] = [edges[first], edges[first + RUNS]];
    const widths = Array.from({ length: RUNS }, (_none, place) => edges[first + place + 1] - edges[first + place]);
    for (let code = CODE_START_A; code <= CODE_START_C; code += 1) {
      const apart = OneDReader.patternMatchVariance(widths, CODE_PATTERNS[code], MAX_INDIVIDUAL_VARIANCE);
      const isFree = () => row.isRange(Math.max(0, Math.floor(begin - (end - begin) / 2)), begin, false);
      if (apart < MAX_AVG_VARIANCE && isFree()) {
        return Int32Array.from([begin, end, code]);
      }
    }
  }
  throw new NotFoundException();
}
