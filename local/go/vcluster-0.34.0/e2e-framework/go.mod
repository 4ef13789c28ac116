module github.com/loft-sh/e2e-framework

go 1.25.0
