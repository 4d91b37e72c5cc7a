package local

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// recordPacked is a record that holds others, compressed with the dictionary of that number.
const recordPacked = 'z'

const (
	// packedPart is about how many bytes of records go into one part: little enough that the first part, which tells what
	// a run was asked for, is read at once.
	packedPart = 256 << 10
	// packedMax bounds what a part may become when it is unpacked, so that damage cannot ask for much memory.
	packedMax = 1 << 30
	// partsOfRun bounds the parts of one run.
	partsOfRun = 1 << 16
)

// dictionary is what the records of runs have in common. It is part of the format: what it says may never change; a better
// one gets a number of its own.
const (
	dictionaryNumber = 1
	dictionary       = `","created":1790000000000000,"priority":,"limits":{"groups":[{"Key":"flow:","Limit":1,"OnLimit":"queue"}],"rate":{"limit":1,"per":"1m"}},` +
		`"targets":["reuse":"","fresh":["retry_of":"","test":true,"parent":{"run_id":"01","step":"","attempt":1,"depth":1},"backfill":"01","token":"` +
		`valuetablefileresultresultserrorserrortextitemsitemapproved` +
		`application/jsontext/plaintext/csvapplication/vnd.apache.parquet{"columns":[{"name":"id","type":"BIGINT"},{"name":"","type":"VARCHAR"},` +
		`{"name":"","type":"DOUBLE"},{"name":"","type":"TIMESTAMP"}],"rows":` +
		`{"code":"invalid","status":422,"message":"","hint":"","details":[{"code":"","message":"","node":"","field":"with."}]}` +
		`true,"false,"null,"sqlSELECT * FROM rowsadopted{"run":"01cached{"key":"json` +
		`h{"id":"01","tenant":"default","flow_id":"01","flow_name":"","flow_title":"","flow_version":1,"document":"","params":{},` +
		`"trigger":{"type":"manual","id":"","data":{"method":"POST","path":"","headers":{"content-type":"application/json"},"query":{},"body":{}}},"by":"admin","key":"`
)

// coder packs and unpacks; both are safe for concurrent use.
type coder struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// newCoder is called once; it fails only when the program is at fault.
var newCoder = sync.OnceValues(func() (*coder, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(dictionaryNumber, []byte(dictionary)), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(512<<10), zstd.WithEncoderCRC(true))
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(dictionaryNumber, []byte(dictionary)), zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(packedMax))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return &coder{enc, dec}, nil
})

// packer makes few records of all those of a run, and gathers what they refer to.
type packer struct {
	coder *coder
	raw   []byte
	parts [][]byte
	found map[[32]byte]bool // what may be artifacts
	count int               // of records
}

func newPacker() (*packer, error) {
	c, err := newCoder()
	if err != nil {
		return nil, err
	}
	return &packer{coder: c, found: map[[32]byte]bool{}}, nil
}

func (p *packer) add(record []byte) {
	p.count++
	artifactsIn(record, p.found)
	p.raw = append(binary.AppendUvarint(p.raw, uint64(len(record))), record...)
	if len(p.raw) >= packedPart {
		p.flush()
	}
}

func (p *packer) flush() {
	if len(p.raw) > 0 {
		p.parts = append(p.parts, p.coder.enc.EncodeAll(p.raw, []byte{recordPacked}))
		p.raw = p.raw[:0]
	}
}

// packed gives the records in place of all that were added.
func (p *packer) packed() ([][]byte, error) {
	p.flush()
	if len(p.parts) > partsOfRun {
		return nil, fmt.Errorf("a run of %d parts is too long to be packed", len(p.parts))
	}
	return p.parts, nil
}

// unpack calls f for every record in a packed one.
func unpack(packed []byte, f func(record []byte) error) error {
	c, err := newCoder()
	if err != nil {
		return err
	}
	raw, err := c.dec.DecodeAll(packed[1:], nil)
	if err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	for len(raw) > 0 {
		n, skip := binary.Uvarint(raw)
		if skip <= 0 || n > uint64(len(raw)-skip) { //nolint:gosec // skip is at most the length
			return errors.New("a packed record ends too early")
		}
		end := skip + int(n) //nolint:gosec // bounded just above
		if err := f(raw[skip:end:end]); err != nil {
			return err
		}
		raw = raw[end:]
	}
	return nil
}

// artifactsIn finds what may be the identifiers of artifacts in records or other text: 64 digits in a row. Where there are
// more, each 64 of them may be one. It knows nothing of what the text means, so no kind of record can be forgotten; a
// hash that is none of an artifact's does no harm.
func artifactsIn(text []byte, found map[[32]byte]bool) {
	const digits = 64
	run := 0
	for i, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			run = 0
			continue
		}
		if run++; run >= digits {
			var id [32]byte
			if _, err := hex.Decode(id[:], text[i+1-digits:i+1]); err == nil {
				found[id] = true
			}
		}
	}
}

// sorted gives identifiers in order, so that what is written for them is the same each time.
func sorted(ids map[[32]byte]bool) [][32]byte {
	all := make([][32]byte, 0, len(ids))
	for id := range ids {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b [32]byte) int { return slices.Compare(a[:], b[:]) })
	return all
}
