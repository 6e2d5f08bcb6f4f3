// A small web server that says what it runs on.
//
//	server                     serves on :8080, or on the address in the variable LISTEN
//	server --check             starts on a free port of the loopback, asks itself, and ends
//	server --check --expect arm64
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// About is what the server says about itself.
type About struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Go           string `json:"go"`
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(writer).Encode(About{runtime.GOOS, runtime.GOARCH, runtime.Version()})
	})
	mux.HandleFunc("GET /healthz", func(writer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(writer, "ok")
	})
	return mux
}

func newServer() *http.Server {
	return &http.Server{Handler: handler(), ReadHeaderTimeout: 5 * time.Second}
}

// serve answers until the context ends, and lets open requests end.
func serve(ctx context.Context, listener net.Listener) error {
	server := newServer()
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// check asks a server at this address, and compares what it says with the architecture that is expected, if any.
func check(address, expected string) (About, error) {
	var about About
	client := &http.Client{Timeout: 10 * time.Second}
	health, err := client.Get("http://" + address + "/healthz")
	if err != nil {
		return about, err
	}
	health.Body.Close()
	if health.StatusCode != http.StatusOK {
		return about, fmt.Errorf("/healthz answered %s", health.Status)
	}
	answer, err := client.Get("http://" + address + "/")
	if err != nil {
		return about, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&about); err != nil {
		return about, fmt.Errorf("the answer is not JSON: %w", err)
	}
	if expected != "" && about.Architecture != expected {
		return about, fmt.Errorf("it runs on %s, and %s is expected", about.Architecture, expected)
	}
	return about, nil
}

func run(isCheck bool, expected string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	address := os.Getenv("LISTEN")
	if isCheck {
		address = "127.0.0.1:0"
	} else if address == "" {
		address = ":8080"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	if !isCheck {
		fmt.Printf("listening on %s, %s/%s\n", listener.Addr(), runtime.GOOS, runtime.GOARCH)
		return serve(ctx, listener)
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener) }()
	about, failure := check(listener.Addr().String(), expected)
	cancel()
	if err := <-served; failure == nil {
		failure = err
	}
	if failure == nil {
		fmt.Printf("ok: %s/%s\n", about.OS, about.Architecture)
	}
	return failure
}

func main() {
	isCheck := flag.Bool("check", false, "start, ask yourself, and end")
	expected := flag.String("expect", "", "with -check: the architecture to run on, for example arm64")
	flag.Parse()
	if err := run(*isCheck, *expected); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}
