package main

import (
	"context"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

func TestSaysItsArchitecture(t *testing.T) {
	server := httptest.NewServer(handler())
	defer server.Close()
	about, err := check(strings.TrimPrefix(server.URL, "http://"), runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if about.Architecture != runtime.GOARCH || about.OS != runtime.GOOS {
		t.Errorf("it says %+v", about)
	}
}

func TestCheckRefusesAnotherArchitecture(t *testing.T) {
	server := httptest.NewServer(handler())
	defer server.Close()
	_, err := check(strings.TrimPrefix(server.URL, "http://"), "pdp11")
	if err == nil || !strings.Contains(err.Error(), "pdp11 is expected") {
		t.Errorf("the error is %v", err)
	}
}

func TestKnowsNoOtherPath(t *testing.T) {
	answer := httptest.NewRecorder()
	handler().ServeHTTP(answer, httptest.NewRequest("GET", "/other", nil))
	if answer.Code != 404 {
		t.Errorf("it answers %d", answer.Code)
	}
}

func TestServesUntilItIsToldToEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener) }()
	if _, err := check(listener.Addr().String(), ""); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestCheckModeAsksItself(t *testing.T) {
	if err := run(true, runtime.GOARCH); err != nil {
		t.Error(err)
	}
	if err := run(true, "pdp11"); err == nil {
		t.Error("it should have failed")
	}
}
