// check_bundle reads a bundle with the code of Go's checksum database (golang.org/x/mod/sumdb), which
// has had the same notes, trees and tiles since before C2SP wrote them down.
//
//	check_bundle FOLDER VKEY
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var folder string

func main() {
	log.SetFlags(0)
	folder = os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	head := opened("checkpoint", verifier)
	leaves := lines("leaves.jsonl")
	if _, err := os.Stat(filepath.Join(folder, "tile")); err == nil {
		checkTiles(head, leaves)
	} else {
		checkProofs(head, leaves)
	}
	if _, err := os.Stat(filepath.Join(folder, "earlier.checkpoint")); err == nil {
		checkGoesOn(head, opened("earlier.checkpoint", verifier))
	}
	fmt.Printf("%d leaves of %d\n", len(leaves), head.N)
}

// opened returns the head of a note that the verifier signed.
func opened(name string, verifier note.Verifier) tlog.Tree {
	found, err := note.Open(read(name), note.VerifierList(verifier))
	check(err)
	said := strings.Split(found.Text, "\n")
	if said[0] != verifier.Name() {
		log.Fatalf("%s is of %s", name, said[0])
	}
	size, err := strconv.ParseInt(said[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(said[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

type tiles struct{}

func (tiles) Height() int { return 8 }

func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, each := range wanted {
		found = append(found, read(strings.Replace(each.Path(), "tile/8/", "tile/", 1)))
	}
	return found, nil
}

func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// checkTiles proves each leaf by the tiles, which have to make the root.
func checkTiles(head tlog.Tree, leaves [][]byte) {
	reader := tlog.TileHashReader(head, tiles{})
	root, err := tlog.TreeHash(head.N, reader)
	check(err)
	if root != head.Hash || int64(len(leaves)) != head.N {
		log.Fatal("the tiles make another root, or there is another number of leaves")
	}
	for index, leaf := range leaves {
		proof, err := tlog.ProveRecord(head.N, int64(index), reader)
		check(err)
		check(tlog.CheckRecord(proof, head.N, head.Hash, int64(index), tlog.RecordHash(leaf)))
	}
}

// checkProofs proves each leaf by its line in proofs.jsonl.
func checkProofs(head tlog.Tree, leaves [][]byte) {
	for number, line := range lines("proofs.jsonl") {
		var said struct {
			Index int64
			Proof []string
		}
		check(json.Unmarshal(line, &said))
		hash := tlog.RecordHash(leaves[number])
		check(tlog.CheckRecord(hashes(said.Proof), head.N, head.Hash, said.Index, hash))
	}
}

func checkGoesOn(head, earlier tlog.Tree) {
	said := strings.Split(strings.SplitN(string(read("add-checkpoint")), "\n\n", 2)[0], "\n")
	if said[0] != fmt.Sprintf("old %d", earlier.N) {
		log.Fatal("add-checkpoint is of another head")
	}
	check(tlog.CheckTree(hashes(said[1:]), head.N, head.Hash, earlier.N, earlier.Hash))
}

func hashes(said []string) (found []tlog.Hash) {
	for _, each := range said {
		hash, err := tlog.ParseHash(each)
		check(err)
		found = append(found, hash)
	}
	return found
}

func lines(name string) (found [][]byte) {
	file, err := os.Open(filepath.Join(folder, name))
	check(err)
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 2_000_000)
	for scanner.Scan() {
		found = append(found, append([]byte(nil), scanner.Bytes()...))
	}
	check(scanner.Err())
	return found
}

func read(name string) []byte {
	found, err := os.ReadFile(filepath.Join(folder, name))
	check(err)
	return found
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
